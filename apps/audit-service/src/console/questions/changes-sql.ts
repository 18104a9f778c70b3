/** The statement behind the question of what was changed. */
import type { AccessEvent } from '@patient-access/events';
import type { Statement } from '@patient-access/fhir-store';
import { isOfKind } from '../../columns.ts';
import { EVENT, scoped, SHOWN } from '../console-sql.ts';
import type { Filter } from '../filter.ts';

const ALL = 'true';
const NONE = undefined;

/**
 * By kind, as SQL, which of its events change something. A link opens a card to everybody who has it, so it is a change
 * although its kind is one of reading. A kind that is new has to be decided here.
 */
const CHANGING: Readonly<Record<AccessEvent['kind'], string | undefined>> = {
  consent: ALL,
  administration: "e.act NOT IN ('tenant-export', 'tenant-exported')",
  ingest: "e.act NOT IN ('list-merges', 'plan-export', 'plan-exported')",
  trail: "e.act NOT IN ('hold-list', 'dead-letter-read')",
  login: "e.act NOT IN ('login', 'first-factor', 'break-glass') AND e.act NOT LIKE 'mail-%'",
  account: "e.act IN ('make-card-link', 'end-card-link')",
  rest: NONE,
  token: NONE,
  receipt: NONE,
  launch: NONE,
  authorization: NONE,
  attempt: NONE,
  'denied-attempts': NONE,
  'published-reads': NONE,
};

const NEWEST = `ORDER BY e.stored DESC, e.lane DESC, e.seq DESC LIMIT ${SHOWN + 1}`;

/**
 * The newest events that changed something, one more than a page shows. Of a plan they are looked up kind by kind, because
 * an index has those of one kind by time. A member has few, whatever they are.
 */
export function changesOf(tenant: string, filter: Filter): Statement {
  const { where, values } = scoped(tenant, filter);
  const kinds = Object.entries(CHANGING).flatMap(([kind, which]) =>
    which === undefined ? [] : [`${isOfKind('e', `'${kind}'`)} AND ${which}`],
  );
  const some = filter.member === undefined ? kinds : [`(${kinds.join(' OR ')})`];
  const parts = some.map(
    (which) =>
      `(SELECT e.* FROM trail.audit_event e WHERE ${where} AND ${which} AND e.outcome = '0' ${NEWEST})`,
  );
  return { text: `SELECT ${EVENT} FROM (${parts.join(' UNION ALL ')}) e ${NEWEST}`, values };
}
