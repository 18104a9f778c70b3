/** The question about the audit trail, over HTTP and in the name of whoever asks: this service has no other way to it. */
import { randomUUID } from 'node:crypto';
import {
  CLIENT_ADDRESS_HEADER,
  isBoundTo,
  MEMBER_ACCESSES_PATH,
  MemberAccesses,
  pathTo,
  type Period,
  REQUEST_ID_HEADER,
} from '@patient-access/internal-api';
import type { TenantServer } from '../tenants.ts';
import { type Caller, statementAbout } from '../introspection/login-jwt.ts';

/** With what a page can still be shown in time. */
const DEADLINE_MS = 4_000;

/** The trail cannot be asked, or not recorded as asked: nothing of it is shown. */
export class TrailUnavailable extends Error {
  override name = 'TrailUnavailable';
}

export interface Asking {
  /** internal base URL of audit-service */
  auditUrl: string;
  server: TenantServer;
  /** network address of whoever asks */
  address: string;
}

/**
 * Who saw the data of the caller's member, the newest first. audit-service decides by the caller's statement alone, and
 * records the question as one reading of the trail.
 *
 * @throws TrailUnavailable unless it is the answer to this question (security rule D09)
 */
export async function askTrail(
  { auditUrl, server, address }: Asking,
  caller: Caller,
  { from, to, zone }: Period,
): Promise<MemberAccesses> {
  const { tenant } = server;
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${statementAbout(server, caller)}`,
    [REQUEST_ID_HEADER]: requestId,
    [CLIENT_ADDRESS_HEADER]: address,
  };
  const query = new URLSearchParams({ from, to, zone });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const url = `${auditUrl}${pathTo(MEMBER_ACCESSES_PATH, { tenant: tenant.id })}?${query}`;
  const answer = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new TrailUnavailable('audit-service cannot be reached', { cause });
  });
  const subject = { tenant: tenant.id, patient: caller.patient };
  const isOurs = isBoundTo(Object.fromEntries(answer.headers), { requestId, subject });
  if (answer.status !== 200 || !isOurs) throw new TrailUnavailable(`audit-service answered ${answer.status}`);
  const { success, data, error } = MemberAccesses.safeParse(await answer.json());
  if (!success) throw new TrailUnavailable('audit-service answered something else', { cause: error });
  return data;
}
