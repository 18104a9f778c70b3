/** What of a plan's trail is gone: a file that is whole says so of what is kept, and of nothing else. */
import type { Statement } from '@patient-access/fhir-store';
import type { Ask } from './ask.ts';
import type { Filter } from './filter.ts';

interface Kept {
  /** day on which the oldest record was stored, UTC; null: there is none */
  first: string | null;
  /** whole months before were dropped (docs/audit.md, retention) */
  dropped: boolean;
  /** in the words of the operators, what a backup lacked that the trail was restored from */
  restores: string[];
}

const ofTenant = (tenant: string): Statement => ({
  text: `SELECT to_char((SELECT min(e.stored) FROM trail.audit_event e WHERE e.tenant = $1) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
             AS first,
           EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root') AS dropped,
           ARRAY(SELECT coalesce(e.record::json ->> 'request', 'restore') FROM trail.audit_event e
                  WHERE e.tenant = $1 AND e.kind = 'trail' AND e.kind <> 'rest' AND e.act = 'restore' ORDER BY e.stored)
             AS restores`,
  values: [tenant],
});

/** @returns in words, beginning with a space, what is missing of the period; empty: nothing is known to be */
export async function missingIn(
  { tenant, ask }: { tenant: string; ask: Ask },
  { from, to }: Pick<Filter, 'from' | 'to'>,
): Promise<string> {
  const [kept] = await ask<Kept>(ofTenant(tenant));
  if (!kept) return '';
  const { first, dropped, restores } = kept;
  const begins = first === null || first > to ? 'behind this period' : `on ${first} (UTC)`;
  return [
    ...(dropped && (first === null || first >= from)
      ? [` NOT ALL: the trail begins ${begins}; the months before were dropped.`]
      : []),
    ...restores.map((said) => ` The trail was put back once, and may lack records of that time: ${said}.`),
  ].join('');
}
