/**
 * Requests with access tokens that were once issued here and were no good any more: their own end had come, or they had been
 * ended before it, as by a revocation. auth-service records them with app and grant (ADR 62): up to thirty of an app in a
 * minute one by one, and the others counted. It alone knows of a token that it was one, so nobody is believed who says it in
 * its place: a service that was taken over must not make such a request of an app that sent none.
 */
import { TOKEN_ENDS } from '@patient-access/events';
import type { Statement } from '@patient-access/fhir-store';
import { csvRows, firstCsvRows } from '@patient-access/pages';
import type { Ask } from '../ask.ts';
import { appName, eventIn, personOf, requestOf, requestsIn } from '../event-view.ts';
import { endOfCsv } from '../files/export.ts';
import {
  type ConsoleEvent,
  MEMBERS,
  type NamedApp,
  appNameSql,
  newest,
  scoped,
  SHOWN,
} from '../console-sql.ts';
import { type Filter, filterInWords } from '../filter.ts';
import type { Kept } from '../files/kept.ts';
import { eventsOf } from '../scan.ts';

const asRecorded = (filter: Filter): Filter => ({ ...filter, service: 'auth-service' });

export interface EndedTokensOfApp extends NamedApp {
  /** requests with an event of their own */
  listed: number;
  /** requests that were counted together */
  counted: number;
  members: number;
  first: Date;
  last: Date;
}

/** Totals for each app, the app with the most requests first. */
export function endedTokensByApp(tenant: string, filter: Filter): Statement {
  const { where, values, bind } = scoped(tenant, asRecorded(filter));
  const counted = "(e.record::json ->> 'count')::float8";
  const text = `WITH ended AS (
      SELECT e.client, count(*) FILTER (WHERE e.kind = 'attempt')::int AS listed,
             coalesce(sum(${counted}) FILTER (WHERE e.kind = 'denied-attempts'), 0) AS counted,
             ${MEMBERS}, min(e.recorded) AS first, max(e.recorded) AS last
        FROM trail.audit_event e WHERE ${where} AND e.reason = ANY (${bind(TOKEN_ENDS)})
       GROUP BY e.client ORDER BY 2 DESC, 1 LIMIT ${SHOWN + 1})
    SELECT t.*, ${appNameSql('t')} FROM ended t ORDER BY t.listed DESC, t.client`;
  return { text, values };
}

/** @returns the newest requests, one more than a page shows */
export async function newestEndedTokens(ask: Ask, tenant: string, filter: Filter): Promise<ConsoleEvent[]> {
  const found: ConsoleEvent[] = [];
  for (const reason of TOKEN_ENDS)
    found.push(...(await ask<ConsoleEvent>(newest(tenant, { ...asRecorded(filter), reason }))));
  return found.sort((one, other) => other.recorded.getTime() - one.recorded.getTime()).slice(0, SHOWN + 1);
}

/** @returns all of them: those whose token's own end had come, then the others, each the oldest first */
export async function* allEndedTokens(ask: Ask, tenant: string, filter: Filter) {
  for (const reason of TOKEN_ENDS) yield* eventsOf(ask, tenant, { ...asRecorded(filter), reason });
}

const HEADER = [
  ...['recorded', 'request', 'app', 'app name', 'patient', 'grant', 'person', 'address', 'reason', 'asked'],
  ...['times', 'id'],
];

/** Writes the file, and adds up what stands in its last line. */
export class EndedTokenRows {
  private readonly requests = new Map<string, number>();
  readonly head = firstCsvRows([HEADER]);

  /** An event that counts several requests has no id of one. */
  of(events: readonly ConsoleEvent[]): string {
    return csvRows(
      events.map((stored) => {
        const event = eventIn(stored);
        const [times, client] = [requestsIn(event), stored.client ?? 'unknown'];
        this.requests.set(client, (this.requests.get(client) ?? 0) + times);
        return [
          ...[stored.recorded, event.count === undefined ? event.requestId : '', stored.client],
          ...[appName(event), event.member ?? '', stored.grant_id, personOf(event), event.address ?? ''],
          ...[stored.reason, requestOf(event), times, stored.id],
        ];
      }),
    );
  }

  end(filter: Filter, { said }: Kept): string {
    const apps = [...this.requests].sort(([one], [other]) => (one < other ? -1 : 1));
    const total = apps.reduce((sum, [, times]) => sum + times, 0);
    const each = apps.map(([client, times]) => `${client} ${times}`).join(', ');
    return endOfCsv(
      `Complete: ${total} requests with tokens that had ended ${filterInWords(filter)}${each && `, by app: ${each}`}.${said}`,
    );
  }
}
