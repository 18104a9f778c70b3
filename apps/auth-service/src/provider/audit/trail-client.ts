/** The question about the audit trail, over HTTP and in the name of whoever asks: this service has no other way to it. */
import { randomUUID } from 'node:crypto';
import type { TenantServer } from '../tenants.ts';
import type { Access } from './trail-entry.ts';
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

export interface Period {
  /** first and last day, as `2026-05-03` */
  from: string;
  to: string;
  /** IANA name of the time zone that the days are in */
  zone: string;
}

/** @param complete false: there is more, older than what is here */
export interface Trail {
  accesses: Access[];
  complete: boolean;
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
): Promise<Trail> {
  const { tenant } = server;
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${statementAbout(server, caller)}`,
    'x-request-id': requestId,
    'x-forwarded-for': address,
  };
  const query = new URLSearchParams({ from, to, zone });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const url = `${auditUrl}/internal/access/${tenant.id}?${query}`;
  const answer = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    throw new TrailUnavailable('audit-service cannot be reached', { cause });
  });
  const whose = `${tenant.id}/${caller.patient ?? ''}`;
  const same =
    answer.headers.get('x-request-id') === requestId && answer.headers.get('x-answer-for') === whose;
  if (answer.status !== 200 || !same) throw new TrailUnavailable(`audit-service answered ${answer.status}`);
  return (await answer.json()) as Trail;
}
