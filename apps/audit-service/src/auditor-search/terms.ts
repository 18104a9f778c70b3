/**
 * What an event can be searched by, as its row has it: every value as a number (src/term.ts, ADR 48).
 */
import type { Match } from '@patient-access/fhir';
import { term } from '../term.ts';
import type { SearchedColumn } from './searched-column.ts';

/** Which numbers say that a value matches; `any` where each value does. */
type MatchingTerms = (parameter: string, match: Match) => string[] | 'any' | undefined;

/** A text without a system. */
const text: MatchingTerms = (parameter, match) => {
  if (match.kind === 'reference') return match.values.map((value) => term(parameter, value));
  if (match.kind !== 'token') return undefined;
  if (match.system) return [];
  return match.code === undefined ? 'any' : [term(parameter, match.code)];
};

/** `system|value`, or half of it. */
const coded: MatchingTerms = (parameter, match) => {
  if (match.kind !== 'token') return undefined;
  const { system, code } = match;
  if (code === undefined) return [term(`${parameter} system`, system ?? '')];
  if (system !== undefined) return [term(parameter, `${system}|${code}`)];
  return [term(parameter, `|${code}`), term(`${parameter} value`, code)];
};

function column(
  row: string,
  parameter: string,
  termsOf: MatchingTerms,
  name = parameter,
): [string, SearchedColumn] {
  // Numbers that we made: nothing of a request is written into the statement.
  const present = `NOT ${row}.terms @> ARRAY[${term(parameter, '')}]::bigint[]`;
  return [
    name,
    {
      present,
      matches(match, bind) {
        const terms = termsOf(parameter, match);
        return terms === 'any'
          ? present
          : terms && `${row}.terms && ${bind(`{${terms.join(',')}}`)}::bigint[]`;
      },
    },
  ];
}

/** By search parameter, of the row with that name. */
export const termColumns = (row: 'e' | 'r'): readonly [string, SearchedColumn][] => [
  ...['_profile', 'action', 'entity', 'policy', 'source:identifier'].map((name) => column(row, name, text)),
  ...['entity:identifier', 'subtype', 'type'].map((name) => column(row, name, coded)),
  // The numbers of its identifiers have the name of the parameter alone.
  column(row, 'agent', coded, 'agent:identifier'),
];
