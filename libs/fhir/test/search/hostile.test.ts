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
/** For a quarter of a text, a linear parser needs a quarter of the time, and a quadratic one a sixteenth. */
const MAX_GROWTH = 9;
/** A quadratic parser needs seconds for the whole text, so what is quicker than this needs no comparison. */
const QUICK_MS = 10;
/** Of the thread's own processor time, which grows little on a busy machine: more is too much even if it is linear. */
const MAX_MS = 300;
const TRIES = 5;

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

/**
 * Parses once; a refusal is fine.
 * @returns processor time of this thread, in milliseconds. It does not grow while others have the processor
 */
function timeOf(parse: (text: string) => unknown, text: string): number {
  const start = process.threadCpuUsage();
  try {
    parse(text);
  } catch {
    // refused
  }
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

/** Does the time grow with the text, and not with its square? Several tries take out what the machine adds to one. */
function isLinear(
  parse: (text: string) => unknown,
  textOf: (characters: number) => string,
  characters = SIZE_CHARACTERS,
): boolean {
  const [quarter, whole] = [textOf(characters / 4), textOf(characters)];
  let [ofQuarter, ofWhole] = [Infinity, Infinity];
  for (let tries = 0; tries < TRIES; tries += 1) {
    ofWhole = Math.min(ofWhole, timeOf(parse, whole));
    if (ofWhole < QUICK_MS) return true;
    ofQuarter = Math.min(ofQuarter, timeOf(parse, quarter));
    if (ofWhole < MAX_MS && ofWhole < MAX_GROWTH * ofQuarter) return true;
  }
  return false;
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
        const textOf = (characters: number) => piece.repeat(characters / piece.length) + end;
        expect([piece, end, isLinear(parse, textOf)]).toEqual([piece, end, true]);
      }
    }
  });
});

it('a pattern that backtracks is not linear', () => {
  const parse = (text: string) => /a+$/.test(text);
  expect(isLinear(parse, (characters) => `${'a'.repeat(characters)}!`, SIZE_CHARACTERS / 4)).toBe(false);
});
