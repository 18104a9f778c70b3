/**
 * Reads the audit trail over HTTP for the person who is logged in. auth-service has no other access to it.
 */
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
import { type LoginClaims, introspectionJwtFor } from '../introspection/login-jwt.ts';

/** After this time a page can still be shown in time. */
const DEADLINE_MS = 4_000;

/** audit-service did not answer, or could not record the query. Nothing of the trail may be shown. */
export class TrailUnavailable extends Error {
  override name = 'TrailUnavailable';
}

export interface TrailConnection {
  /** internal base URL of audit-service */
  auditUrl: string;
  server: TenantServer;
  /** network address of the person */
  address: string;
}

/**
 * Reads who saw the data of the member of this login, newest first. audit-service decides by the introspection JWT
 * alone, and records the query as one reading of the trail.
 *
 * @throws TrailUnavailable unless the response belongs to this request (security rule D09)
 */
export async function queryTrail(
  { auditUrl, server, address }: TrailConnection,
  login: LoginClaims,
  { from, to, zone }: Period,
): Promise<MemberAccesses> {
  const { tenant } = server;
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${introspectionJwtFor(server, login)}`,
    [REQUEST_ID_HEADER]: requestId,
    [CLIENT_ADDRESS_HEADER]: address,
  };
  const query = new URLSearchParams({ from, to, zone });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const url = `${auditUrl}${pathTo(MEMBER_ACCESSES_PATH, { tenant: tenant.id })}?${query}`;
  const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new TrailUnavailable('audit-service cannot be reached', { cause });
  });
  const subject = { tenant: tenant.id, patient: login.patient };
  const isOurs = isBoundTo(Object.fromEntries(response.headers), { requestId, subject });
  if (response.status !== 200 || !isOurs)
    throw new TrailUnavailable(`audit-service answered ${response.status}`);
  const { success, data, error } = MemberAccesses.safeParse(await response.json());
  if (!success) throw new TrailUnavailable('audit-service answered something else', { cause: error });
  return data;
}
