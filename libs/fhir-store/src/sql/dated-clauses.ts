/** Searches for a token and a date: one look at rows that say both instead of a look at each. */
import { type Clause, type Definition, definitions, type Match } from '@patient-access/fhir';

type DateMatch = Extract<Match, { kind: 'date' }>;

/** A clause about values that also say when; joined by OR, and met together with the clause itself. */
export interface DatedClause extends Clause {
  dates?: DateMatch[];
}

const isDate = (match: Match): match is DateMatch => match.kind === 'date';
const isPlain = ({ matches, negated, target }: Clause) => matches.length > 0 && !negated && !target;

/** Where the rows of one of them say what the other one asks: see `dateParameter` in the definitions. */
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
 * The same conditions, with fewer looks. One date goes with one token: each further one may be met by another value of
 * the resource, and has a look of its own.
 */
export function mergeDatedClauses(type: string, clauses: readonly Clause[]): readonly DatedClause[] {
  const definition = definitions.get(type);
  const pair = definition && pairOf(definition, clauses);
  if (!pair) return clauses;
  const [token, date] = pair;
  const others = clauses.filter((clause) => clause !== token && clause !== date);
  return [{ ...token, dates: date.matches.filter(isDate) }, ...others];
}
