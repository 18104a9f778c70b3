import { performance } from 'node:perf_hooks';
import { describe, expect, it } from '@jest/globals';
import { dateSpan } from '../../src/dates.ts';
import type { Definition } from '../../src/definition.ts';
import { acceptsFhirJson } from '../../src/format.ts';
import { fold, versionlessReference } from '../../src/index-rows.ts';
import { interactionOf } from '../../src/interaction.ts';
import { sanitisedDiv } from '../../src/narrative/sanitise.ts';
import { numberRange } from '../../src/numbers.ts';
import { parseSearch } from '../../src/search.ts';
import { isId, parseReference, parseResource } from '../../src/resource.ts';
import { splitAlternatives, parseMatch } from '../../src/search-values.ts';
import { SEARCH_BASE, definitionOf } from './world.ts';

const SIZE_CHARACTERS = 64 * 1024;
/**
 * A parser that backtracks would need hours for these texts. A linear one needs less than this, unless the machine is
 * busy.
 */
const MAX_MS = 10;
const TRIES = 20;

const PIECES = [
  'a',
  '\\',
  '\\\\',
  '\\,',
  ',',
  '|',
  '0',
  '0.',
  '1.0',
  '-',
  '/',
  'A',
  '%',
  '.',
  'T00:',
  ' ',
  'é',
  '"',
];

/** Parses several times; a refusal is fine. @returns the shortest time, in milliseconds */
function shortest(parse: () => unknown): number {
  let best = Infinity;
  for (let tries = 0; tries < TRIES && best >= MAX_MS; tries += 1) {
    const start = performance.now();
    try {
      parse();
    } catch {
      // refused
    }
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const { search: parameters } = definitionOf('Condition');
const search = (definition: Definition, name: string) =>
  parseSearch(definition, [[name, 'x']], { base: SEARCH_BASE, strict: true });

const PARSERS: Record<string, (text: string) => unknown> = {
  alternatives: (text) => splitAlternatives('code', text),
  token: (text) =>
    parseMatch('code', undefined, parameters['code'] as never, text, { base: SEARCH_BASE, nowMs: 0 }),
  date: (text) =>
    parseMatch('onset-date', undefined, parameters['onset-date'] as never, text, {
      base: SEARCH_BASE,
      nowMs: 0,
    }),
  reference: (text) =>
    parseMatch('encounter', undefined, parameters['encounter'] as never, text, {
      base: SEARCH_BASE,
      nowMs: 0,
    }),
  typed: (text) =>
    parseMatch('identifier', 'of-type', { kind: 'token', path: 'identifier' }, text, {
      base: SEARCH_BASE,
      nowMs: 0,
    }),
  exact: (text) =>
    parseMatch('name', 'exact', { kind: 'string', path: 'name' }, text, { base: SEARCH_BASE, nowMs: 0 }),
  canonical: (text) =>
    parseMatch('_profile', undefined, { kind: 'uri', path: 'x' }, `http://${text}`, {
      base: SEARCH_BASE,
      nowMs: 0,
    }),
  quantity: (text) =>
    parseMatch('value', undefined, { kind: 'quantity', path: 'x' }, text, { base: SEARCH_BASE, nowMs: 0 }),
  number: (text) => numberRange(1e9, text),
  chain: (text) => search(definitionOf('PractitionerRole'), `practitioner.${text}`),
  name: (text) => search(definitionOf('Condition'), text),
  withoutVersion: (text) => versionlessReference(`Encounter/7/_history/${text}`),
  dateSpan: (text) => dateSpan(`2026-01-01T00:00:00.${text}`),
  parseReference,
  isId,
  parseResource: (text) => parseResource(`{"value":${text}`),
  fold,
  path: (text) => interactionOf('GET', text),
  accept: (text) => acceptsFhirJson([], text),
  format: (text) => acceptsFhirJson([text], undefined),
  narrative: (text) => sanitisedDiv(`<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`),
};

describe.each(Object.entries(PARSERS))('F44: %s', (_name, parse) => {
  it('parses 64 KiB of any text in linear time', () => {
    for (const piece of PIECES) {
      for (const end of ['', '!', '\u0000']) {
        const text = piece.repeat(SIZE_CHARACTERS / piece.length) + end;
        expect([piece, end, shortest(() => parse(text)) < MAX_MS]).toEqual([piece, end, true]);
      }
    }
  });
});
