/** Two types to search: one of members, and one of reference data. */
import { definitions } from '../../src/definitions.ts';
import type { Definition } from '../../src/definition.ts';
import { OperationError } from '../../src/outcome.ts';
import { parseSearch, type ParsedSearch } from '../../src/search.ts';

export const NOW_MS = Date.UTC(2026, 10, 25);
export const SEARCH_BASE = 'https://plan.example/payer/patient-access/v2/north';

export function definitionOf(type: string): Definition {
  const definition = definitions.get(type);
  if (!definition) throw new Error(`no definition of ${type}`);
  return definition;
}

/** Parses `name=value` texts, which are decoded already. */
export function search(type: string, ...parameters: string[]): ParsedSearch {
  return parseSearch(definitionOf(type), entriesOf(parameters), {
    base: SEARCH_BASE,
    strict: false,
    nowMs: NOW_MS,
  });
}

export function strictSearch(type: string, ...parameters: string[]): ParsedSearch {
  return parseSearch(definitionOf(type), entriesOf(parameters), {
    base: SEARCH_BASE,
    strict: true,
    nowMs: NOW_MS,
  });
}

function entriesOf(parameters: string[]): [string, string][] {
  return parameters.map((text) => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

/** @returns status, code and expression of the refusal, or `accepted` */
export function refusal(type: string, ...parameters: string[]): string {
  try {
    search(type, ...parameters);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return `${error.status} ${error.code} ${error.details.parameter ?? ''}`.trim();
  }
}
