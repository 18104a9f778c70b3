/** Questions about the audit trail, over HTTP and in the name of whoever asks: this service has no other way to it. */
import { randomUUID } from 'node:crypto';
import type { AuditEvent } from './audit-event.ts';
import { type Caller, statementAbout } from './statement.ts';
import type { TenantServer } from '../tenant/tenants.ts';

/** With what a page can still be shown in time. */
const DEADLINE_MS = 4_000;
const PAGE = 100;
/** More than a person reads; an app that asks every minute has no more pages than these. */
const MAX_PAGES = 20;

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

interface Bundle {
  entry?: { resource: AuditEvent }[];
  link: { relation: string; url: string }[];
}

/** @throws TrailUnavailable unless it is the answer to this question (security rule D09) */
async function askPage(
  { auditUrl, server, address }: Asking,
  caller: Caller,
  query: string,
): Promise<Bundle> {
  const { tenant } = server;
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${statementAbout(server, caller)}`,
    accept: 'application/fhir+json',
    'x-request-id': requestId,
    'x-forwarded-for': address,
  };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const answer = await fetch(`${auditUrl}/${tenant.id}/AuditEvent?${query}`, { headers, signal }).catch(
    (cause: unknown) => {
      throw new TrailUnavailable('audit-service cannot be reached', { cause });
    },
  );
  const whose = `${tenant.id}/${caller.patient ?? ''}`;
  const same =
    answer.headers.get('x-request-id') === requestId && answer.headers.get('x-answer-for') === whose;
  if (answer.status !== 200 || !same) throw new TrailUnavailable(`audit-service answered ${answer.status}`);
  return (await answer.json()) as Bundle;
}

/** @param complete false: there are more, older ones */
export interface Trail {
  events: AuditEvent[];
  complete: boolean;
}

/**
 * The newest events that a search finds, as many as a page of ours shows. audit-service decides by the caller's
 * statement alone, and records each of these questions as any other.
 *
 * @throws TrailUnavailable
 */
export async function askTrail(
  asking: Asking,
  caller: Caller,
  search: readonly [string, string][],
): Promise<Trail> {
  const events: AuditEvent[] = [];
  let query = String(new URLSearchParams([...search, ['_count', String(PAGE)]]));
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { entry = [], link } = await askPage(asking, caller, query);
    events.push(...entry.map(({ resource }) => resource));
    const next = link.find(({ relation }) => relation === 'next');
    if (!next) return { events, complete: true };
    query = new URL(next.url).search.slice(1);
  }
  return { events, complete: false };
}
