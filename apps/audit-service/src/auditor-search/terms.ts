/**
 * What a member's event can be searched by, as the index of her events has it: every value as a number (trail.terms in the
 * migrations, docs/adr/0048-answer-members-trail-searches-from-one-index.md).
 */
import type { Match } from '@patient-access/fhir';
import type { BindValue, SearchedColumn } from './searched-column.ts';

/** Which numbers say that a value matches, as SQL. */
type TermsOf = (parameter: string, match: Match, bind: BindValue) => string[] | undefined;

const term = (parameter: string, value: string) => `trail.term('${parameter}', ${value})`;

/** A text without a system. */
const text: TermsOf = (parameter, match, bind) => {
  if (match.kind === 'reference') return match.values.map((value) => term(parameter, bind(value)));
  if (match.kind !== 'token') return undefined;
  return match.system || match.code === undefined ? [] : [term(parameter, bind(match.code))];
};

/** `system|value`, or half of it. */
const coded: TermsOf = (parameter, match, bind) => {
  if (match.kind !== 'token') return undefined;
  const { system, code } = match;
  if (code === undefined) return [term(`${parameter} system`, bind(system))];
  if (system !== undefined) return [term(parameter, bind(`${system}|${code}`))];
  return [term(parameter, bind(`|${code}`)), term(`${parameter} value`, bind(code))];
};

const column = (parameter: string, termsOf: TermsOf): [string, SearchedColumn] => [
  parameter,
  {
    present: `NOT r.terms @> ARRAY[${term(parameter, "''")}]`,
    matches(match, bind) {
      const terms = termsOf(parameter, match, bind);
      return terms && `r.terms && ARRAY[${terms.join(', ')}]::bigint[]`;
    },
  },
];

/** By search parameter. */
export const TERMS: readonly [string, SearchedColumn][] = [
  ...['_profile', 'action', 'entity', 'policy', 'source:identifier'].map((name) => column(name, text)),
  ...['agent', 'entity:identifier', 'subtype', 'type'].map((name) => column(name, coded)),
];
