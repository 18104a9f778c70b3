/**
 * Speeds up searches for a token together with a date. Some rows hold both, so one look at the index answers both
 * clauses.
 */
import { type Clause, type Definition, definitions, type Match } from '@patient-access/fhir';

type DateMatch = Extract<Match, { kind: 'date' }>;

/** A clause with dates that the same row has to meet. The dates are joined by OR. */
export interface DatedClause extends Clause {
  dates?: DateMatch[];
}

const isDate = (match: Match): match is DateMatch => match.kind === 'date';
const isPlain = ({ matches, negated, target }: Clause) => matches.length > 0 && !negated && !target;

/**
 * Finds a token clause and a date clause that the rows of the token can answer: see `dateParameter` in the
 * definitions.
 */
function pairOf({ search }: Definition, clauses: readonly Clause[]): [Clause, Clause] | undefined {
  const plain = clauses.filter(isPlain);
  for (const clause of plain) {
    const dateParameter = search[clause.parameter]?.dateParameter;
    const date = dateParameter && plain.find(({ parameter }) => parameter === dateParameter);
    if (date) return [clause, date];
  }
  return undefined;
}

/**
 * Gives the same conditions with fewer looks at the index. Only one date clause is merged with a token. Another value
 * of the resource may meet each further date, so these stay separate.
 */
export function mergeDatedClauses(type: string, clauses: readonly Clause[]): readonly DatedClause[] {
  const definition = definitions.get(type);
  const pair = definition && pairOf(definition, clauses);
  if (!pair) return clauses;
  const [token, date] = pair;
  const others = clauses.filter((clause) => clause !== token && clause !== date);
  return [{ ...token, dates: date.matches.filter(isDate) }, ...others];
}
