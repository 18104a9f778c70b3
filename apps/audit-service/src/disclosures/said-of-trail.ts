/** What a file about a record has to say of the trail that it was made of. */
import { inTransaction, type Pool } from '@patient-access/database';

/** The same change of persons has the same id in the trails of both (change-persons.ts of libs/fhir-store). */
const OTHERS = `
  WITH change AS (SELECT DISTINCT split_part(e.record::json ->> 'request', ':', 1) AS id FROM trail.audit_event e
                   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'ingest'
                     AND e.act IN ('merge', 'unmerge', 'split', 'unsplit'))
  SELECT DISTINCT e.member FROM trail.audit_event e JOIN change c
      ON split_part(e.record::json ->> 'request', ':', 1) = c.id
   WHERE e.tenant = $1 AND e.member <> $2 AND e.kind = 'ingest'
     AND e.act IN ('merge', 'unmerge', 'split', 'unsplit') ORDER BY 1`;
const KEPT = `
  SELECT EXISTS (SELECT FROM trail.audit_event e WHERE e.tenant = $1 AND e.member = $2) AS known,
    (SELECT to_char(min(e.stored) AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM trail.audit_event e WHERE e.tenant = $1) AS first,
    EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root') AS dropped,
    ARRAY(SELECT coalesce(e.record::json ->> 'request', 'restore') FROM trail.audit_event e
           WHERE e.tenant = $1 AND e.kind = 'trail' AND e.act = 'restore' ORDER BY e.stored) AS restores`;

interface Kept {
  known: boolean;
  /** day on which the oldest record was stored, UTC; null: there is none */
  first: string | null;
  /** whole months before were dropped */
  dropped: boolean;
  /** in the words of the operators, what a backup lacked that the trail was restored from */
  restores: string[];
}

/**
 * @param auditor connections of the auditor role
 * @returns sentences, each beginning with a space: what may be missing in a file about this member
 * @throws Error when the trail has no event of this member: then the id is probably wrong
 */
export function saidOfTrail(auditor: Pool, tenant: string, member: string): Promise<string[]> {
  return inTransaction(auditor, async (client) => {
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const { rows: found } = await client.query<Kept>(KEPT, [tenant, member]);
    const [{ known, first, dropped, restores } = { known: false } as Kept] = found;
    if (!known)
      throw new Error(`the trail of ${tenant} has no event of the member ${member}: is this the right id?`);
    const { rows: others } = await client.query<{ member: string }>(OTHERS, [tenant, member]);
    return [
      ...others.map(
        (other) =>
          ` Records were moved between this person and Patient/${other.member}: what left under that id is not in this file.`,
      ),
      ...(dropped
        ? [` The trail begins on ${first ?? 'a later day'} (UTC); the months before were dropped.`]
        : []),
      ...restores.map((said) => ` The trail was put back once, and may lack records of that time: ${said}.`),
    ];
  });
}
