import { performance } from 'node:perf_hooks';
import { describe, expect, it } from '@jest/globals';
import { dateSpan } from '../../src/dates.ts';
import { fold } from '../../src/index-rows.ts';
import { interactionOf } from '../../src/interaction.ts';
import { isId, parseReference, parseResource } from '../../src/resource.ts';
import { alternatives, parseMatch } from '../../src/search-values.ts';
import { BASE, definitionOf } from './world.ts';

const SIZE_CHARACTERS = 64 * 1024;
/** A parser that backtracks needs hours for these; one that is linear, a few milliseconds. */
const GENEROUS_MS = 1_000;

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

function quietly(parse: () => unknown): void {
  try {
    parse();
  } catch {
    // Refusing is fine; taking long is not.
  }
}

const search = definitionOf('Condition').search;

const PARSERS: Record<string, (text: string) => unknown> = {
  alternatives: (text) => alternatives('code', text),
  token: (text) => parseMatch('code', undefined, search['code'] as never, text, BASE),
  date: (text) => parseMatch('onset-date', undefined, search['onset-date'] as never, text, BASE),
  reference: (text) => parseMatch('encounter', undefined, search['encounter'] as never, text, BASE),
  dateSpan: (text) => dateSpan(`2026-01-01T00:00:00.${text}`),
  parseReference,
  isId,
  parseResource: (text) => parseResource(`{"value":${text}`),
  fold,
  path: (text) => interactionOf('GET', text),
};

describe.each(Object.entries(PARSERS))('%s', (_name, parse) => {
  it('takes 64 KiB of anything in its stride', () => {
    for (const piece of PIECES) {
      for (const end of ['', '!', '\u0000']) {
        const text = piece.repeat(SIZE_CHARACTERS / piece.length) + end;
        const start = performance.now();
        quietly(() => parse(text));
        expect([piece, end, performance.now() - start < GENEROUS_MS]).toEqual([piece, end, true]);
      }
    }
  });
});
