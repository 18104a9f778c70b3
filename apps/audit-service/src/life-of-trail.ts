/** What a file says of the trail that it was made of: since when it is there, whether it was put back, and what is lost. */
import { isOfKind } from './columns.ts';

const requestsOf = (act: 'restore' | 'lost') => `
  ARRAY(SELECT coalesce(e.record::json ->> 'request', '${act}') FROM trail.audit_event e
         WHERE e.tenant = $1 AND ${isOfKind('e', "'trail'")} AND e.act = '${act}' ORDER BY e.stored)`;

/** Columns of a statement whose `$1` is the tenant: {@link LifeOfTrail}. */
export const LIFE_OF_TRAIL = `
  to_char((SELECT min(e.stored) FROM trail.audit_event e WHERE e.tenant = $1) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS first,
  EXISTS (SELECT FROM trail.checkpoint c WHERE c.tenant = $1 AND c.kind = 'root') AS dropped,
  ${requestsOf('restore')} AS restores,
  ${requestsOf('lost')} AS lost`;

export interface LifeOfTrail {
  /** day on which the oldest record was stored, UTC; null: there is none */
  first: string | null;
  /** whole months before were dropped (docs/audit.md, retention) */
  dropped: boolean;
  /** in the words of the operators, what a backup lacked that the trail was restored from */
  restores: string[];
  /** in the words of the operators, which events of services never come; of which plan they are, nobody knows */
  lost: string[];
}

/** @returns a sentence for each restore, and for each time that events were said to be lost, beginning with a space */
export const lossesInWords = ({ restores, lost }: LifeOfTrail): string[] => [
  ...restores.map((said) => ` The trail was put back once, and may lack records of that time: ${said}.`),
  ...lost.map((said) => ` Events were lost, which may be of this plan: ${said}.`),
];
