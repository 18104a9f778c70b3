/** What a file says of the trail that it was made of: since when it is there, and whether it was put back. */

/** Columns of a statement whose `$1` is the tenant: {@link LifeOfTrail}. */
export const LIFE_OF_TRAIL = `
  to_char((SELECT min(e.stored) FROM trail.audit_event e WHERE e.tenant = $1) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS first,
  EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root') AS dropped,
  ARRAY(SELECT coalesce(e.record::json ->> 'request', 'restore') FROM trail.audit_event e
         WHERE e.tenant = $1 AND e.kind = 'trail' AND e.kind <> 'rest' AND e.act = 'restore' ORDER BY e.stored)
    AS restores`;

export interface LifeOfTrail {
  /** day on which the oldest record was stored, UTC; null: there is none */
  first: string | null;
  /** whole months before were dropped (docs/audit.md, retention) */
  dropped: boolean;
  /** in the words of the operators, what a backup lacked that the trail was restored from */
  restores: string[];
}

/** @returns a sentence for each restore, beginning with a space */
export const restoresInWords = ({ restores }: LifeOfTrail): string[] =>
  restores.map((said) => ` The trail was put back once, and may lack records of that time: ${said}.`);
