/**
 * What a member's event can be searched by, as the index of her events has it: every value as a number (trail.terms in the
 * migrations, docs/adr/0048-answer-members-trail-searches-from-one-index.md).
 */
import type { Match } from '@patient-access/fhir';
import type { Add, Column } from './conditions.ts';

/** Which numbers say that a value matches, as SQL. */
type TermsOf = (parameter: string, match: Match, add: Add) => string[] | undefined;

const term = (parameter: string, value: string) => `trail.term('${parameter}', ${value})`;

/** A text without a system. */
const text: TermsOf = (parameter, match, add) => {
  if (match.kind === 'reference') return match.values.map((value) => term(parameter, add(value)));
  if (match.kind !== 'token') return undefined;
  return match.system || match.code === undefined ? [] : [term(parameter, add(match.code))];
};

/** `system|value`, or half of it. */
const coded: TermsOf = (parameter, match, add) => {
  if (match.kind !== 'token') return undefined;
  const { system, code } = match;
  if (code === undefined) return [term(`${parameter} system`, add(system))];
  if (system !== undefined) return [term(parameter, add(`${system}|${code}`))];
  return [term(parameter, add(`|${code}`)), term(`${parameter} value`, add(code))];
};

const column = (parameter: string, termsOf: TermsOf): [string, Column] => [
  parameter,
  {
    present: `NOT r.terms @> ARRAY[${term(parameter, "''")}]`,
    matches(match, add) {
      const terms = termsOf(parameter, match, add);
      return terms && `r.terms && ARRAY[${terms.join(', ')}]::bigint[]`;
    },
  },
];

/** By search parameter. */
export const TERMS: readonly [string, Column][] = [
  ...['_profile', 'action', 'entity', 'policy', 'source:identifier'].map((name) => column(name, text)),
  ...['agent', 'entity:identifier', 'subtype', 'type'].map((name) => column(name, coded)),
];
