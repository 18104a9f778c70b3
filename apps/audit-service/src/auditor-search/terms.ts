/**
 * The search of a member's own events. The index of these events holds every value that can be searched for as a number
 * (function trail.terms in the migrations, docs/adr/0048-answer-members-trail-searches-from-one-index.md). A new search
 * parameter needs an entry here and in trail.terms.
 */
import type { Match } from '@patient-access/fhir';
import type { BindValue, SearchedColumn } from './searched-column.ts';

/**
 * @returns SQL of the numbers that a matching event has at least one of; undefined when the kind of value does not fit
 */
type TermsOf = (parameter: string, match: Match, bind: BindValue) => string[] | undefined;

const term = (parameter: string, value: string) => `trail.term('${parameter}', ${value})`;

/** A parameter whose value is a text without a system. */
const text: TermsOf = (parameter, match, bind) => {
  if (match.kind === 'reference') return match.values.map((value) => term(parameter, bind(value)));
  if (match.kind !== 'token') return undefined;
  return match.system || match.code === undefined ? [] : [term(parameter, bind(match.code))];
};

/** A parameter whose value is `system|value` or one half of it. */
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

/** The searched columns, by search parameter. */
export const TERMS: readonly [string, SearchedColumn][] = [
  ...['_profile', 'action', 'entity', 'policy', 'source:identifier'].map((name) => column(name, text)),
  ...['agent', 'entity:identifier', 'subtype', 'type'].map((name) => column(name, coded)),
];
