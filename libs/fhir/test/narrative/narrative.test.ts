/** Compares cleaned narratives with the golden set, and checks them against independent rules. */
import { describe, expect, test } from '@jest/globals';
import { sanitisedDiv } from '../../src/narrative/sanitise.ts';
import { withCleanNarratives } from '../../src/narrative/narratives.ts';
import { goldenSet } from './golden.ts';

const XMLNS = 'xmlns="http://www.w3.org/1999/xhtml"';
const inRoot = (content: string) => `<div ${XMLNS}>${content}</div>`;

describe('the golden set', () => {
  test('contains a result for each of its payloads', () => {
    expect(goldenSet().length).toBeGreaterThanOrEqual(200);
  });

  test.each(goldenSet().map(({ payload, ...golden }) => [payload, golden] as const))(
    '%s',
    (_, { div, clean }) => {
      expect(sanitisedDiv(div)).toBe(clean);
    },
  );

  test('keeps clean narratives unchanged', () => {
    for (const { clean } of goldenSet()) if (clean !== undefined) expect(sanitisedDiv(clean)).toBe(clean);
  });
});

describe('rules that every result keeps', () => {
  // Invariant txt-1 of R4, written out here instead of taken from the table that is tested.
  const ELEMENTS =
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var'.split(
      ' ',
    );
  const TAG = /<(\/?)([a-z0-9]+)((?:\s+[a-z:]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/g;
  const results = goldenSet().flatMap(({ clean }) => (clean === undefined ? [] : [clean]));

  test('only tags of elements that R4 allows remain', () => {
    for (const clean of results) {
      expect([clean, clean.replace(TAG, '').includes('<')]).toEqual([clean, false]);
      for (const [, , name] of clean.matchAll(TAG))
        expect([clean, ELEMENTS.includes(name ?? '')]).toEqual([clean, true]);
    }
  });

  test('every element ends in the right place, and there is one root', () => {
    for (const clean of results) {
      const open: string[] = [];
      let roots = 0;
      for (const [, closes, name = '', , closed] of clean.matchAll(TAG)) {
        if (closes) expect([clean, open.pop()]).toEqual([clean, name]);
        else if (!closed && open.push(name) === 1) roots += 1;
      }
      expect([clean, open, roots]).toEqual([clean, [], 1]);
    }
  });

  test('each & begins a character as XML writes it', () => {
    const CHARACTER = /&(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9a-fA-F]+);/g;
    for (const clean of results)
      expect([clean, clean.replace(CHARACTER, '').includes('&')]).toEqual([clean, false]);
  });

  test('no handlers and no scripts in links remain, and nothing is fetched', () => {
    const ATTRIBUTE = /([a-z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
    for (const clean of results)
      for (const [, , , attributes = ''] of clean.matchAll(TAG))
        for (const [text, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
          const value = double ?? single ?? '';
          expect([text, name.startsWith('on')]).toEqual([text, false]);
          if (name === 'href') expect(value).not.toMatch(/^(?!https?:)[^/?#]*(script|data|&)[^/?#]*:/i);
          if (name === 'src') expect(value).toMatch(/^(#|data:image\/png;base64,)/);
          if (name === 'style') expect(value).not.toMatch(/url|expression|@|\\|&|position/i);
        }
  });
});

test('a narrative without a root gets one', () => {
  expect(sanitisedDiv('text')).toBe(inRoot('text'));
  expect(sanitisedDiv('<p>text</p>')).toBe(inRoot('<p>text</p>'));
  expect(sanitisedDiv('<div>text</div>')).toBe(inRoot('text'));
  expect(sanitisedDiv('<div xmlns="http://www.w3.org/2000/svg">text</div>')).toBe(inRoot('text'));
  expect(sanitisedDiv(`\n${inRoot('text')}\n`)).toBe(`\n${inRoot('text')}\n`);
});

test.each([
  ['elements without end', '<b>'.repeat(100_000)],
  ['ends without beginning', '</b>'.repeat(100_000)],
  ['quotes', `<p ${'"\''.repeat(100_000)}`],
  ['attributes', `<p ${'a="b" '.repeat(100_000)}>`],
  ['blanks', `<p${' '.repeat(500_000)}`],
  ['ends of scripts', `<script>${'</script'.repeat(60_000)}`],
  ['comments', '<!--'.repeat(100_000)],
  ['angle brackets', '<'.repeat(200_000)],
  ['the root ending again and again', '</div>'.repeat(20_000)],
  ['ampersands', '&'.repeat(200_000)],
  ['numbers without end', `&#${'1'.repeat(500_000)}`],
  ['entities', `<p title="${'&#x'.repeat(100_000)}">`],
  ['styles', `<p style="${'color:rgb('.repeat(50_000)}">`],
])('the time is linear in the length of the text: %s', (_, content) => {
  const startedAt = performance.now();
  sanitisedDiv(inRoot(content));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

describe('in a resource', () => {
  const dirty = inRoot('<p onclick="x">a</p>');
  const clean = inRoot('<p>a</p>');
  const text = (div: string) => ({ status: 'generated', div });
  const patient = { resourceType: 'Patient', id: 'p' };

  test('its own narrative, those of contained resources, and those of nested sections are cleaned', () => {
    const of = (div: string) => ({
      ...patient,
      text: text(div),
      contained: [{ resourceType: 'Organization', text: text(div) }, { resourceType: 'List' }],
      section: [{ title: 'a', section: [{ text: text(div) }] }],
    });
    expect(withCleanNarratives(of(dirty))).toEqual(of(clean));
  });

  test('a resource with clean narratives stays the same object', () => {
    const resource = {
      ...patient,
      text: text(clean),
      contained: [{ resourceType: 'List', text: text(clean) }],
    };
    expect(withCleanNarratives(resource)).toBe(resource);
  });

  test('a narrative of which nothing is left is removed', () => {
    expect(withCleanNarratives({ ...patient, text: text(inRoot('<script>x</script>')) })).toEqual(patient);
  });

  test('an element that is not a narrative is not changed', () => {
    const resource = {
      ...patient,
      text: 'x',
      code: { text: '<b onclick="x">' },
      section: 'x',
      contained: [1],
    };
    expect(withCleanNarratives(resource)).toBe(resource);
  });
});
