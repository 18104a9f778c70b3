import { describe, expect, test } from '@jest/globals';
import { Unreadable, withoutMark } from '../../read/bytes.ts';
import { linesOf } from '../../read/lines.ts';
import { DocumentScanner } from '../../read/scanner.ts';

const LIMIT_BYTES = 1_000;

/** Cuts text into chunks of `size` bytes. */
function* cut(text: string | Buffer, size: number): Generator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* cutAsync(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  yield* cut(text, size);
}

function scan(text: string, size = text.length) {
  const scanner = new DocumentScanner(LIMIT_BYTES);
  const elements = [...cut(text, size)].flatMap((chunk) =>
    [...scanner.scan(chunk)].map(({ line, bytes }) => ({ line, text: bytes?.toString() })),
  );
  return { scanner, elements };
}

/** A deterministic sequence of numbers in [0, 1), so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const STRINGS = ['', 'a', '\\', '"', '}]{[,:', 'entry', '\n', '\u2028', 'ä漢😀', '\\"}', 'resourceType'];

function randomValue(random: () => number, depth: number): unknown {
  const pick = Math.floor(random() * (depth > 3 ? 4 : 6));
  const many = <T>(make: (at: number) => T) =>
    Array.from({ length: Math.floor(random() * 4) }, (_, at) => make(at));
  const text = () => STRINGS[Math.floor(random() * STRINGS.length)] as string;
  if (pick === 0) return text();
  if (pick === 1) return Math.round(random() * 1e6) / 100;
  if (pick === 2) return random() < 0.5;
  if (pick === 3) return null;
  if (pick === 4) return many(() => randomValue(random, depth + 1));
  return Object.fromEntries(many((at) => [text() + at, randomValue(random, depth + 1)]));
}

describe('elements of the entry array', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'are found in document %i for any size of chunks',
    (seed) => {
      const random = randomFrom(seed);
      const entry = Array.from({ length: Math.floor(random() * 5) }, () => randomValue(random, 0));
      const before = {
        note: randomValue(random, 1),
        nested: { entry: [1, 2], resourceType: 'No', type: 'no' },
      };
      const document = {
        ...before,
        resourceType: 'Bundle',
        entry,
        type: 'batch',
        more: randomValue(random, 1),
      };
      for (const indent of [0, 2]) {
        const text = JSON.stringify(document, null, indent);
        for (const size of [1, 2, 3, 7, 64, text.length]) {
          const { scanner, elements } = scan(text, size);
          expect(elements.map(({ text: element }) => JSON.parse(element as string))).toEqual(entry);
          expect([scanner.resourceType, scanner.type, scanner.closed]).toEqual(['Bundle', 'batch', true]);
        }
      }
    },
  );

  test('have the number of the line where they begin', () => {
    const { elements } = scan('{\n"entry": [\n\n  {"a":\n1},\r\n  2 ,\n"x"\n]\n}\n');
    expect(elements).toEqual([
      { line: 4, text: '{"a":\n1}' },
      { line: 6, text: '2 ' },
      { line: 7, text: '"x"\n' },
    ]);
  });

  test('come without their text when they are too long, and the next one is complete', () => {
    const { elements } = scan(JSON.stringify({ entry: ['x'.repeat(2 * LIMIT_BYTES), { a: 1 }] }), 100);
    expect(elements.map(({ text }) => text)).toEqual([undefined, '{"a":1}']);
  });

  test('end before a second document, which is noticed', () => {
    const { scanner, elements } = scan('{"entry":[1]}\n{"entry":[2]}');
    expect(scanner.followed).toBe(true);
    expect(elements).toHaveLength(1);
  });
});

describe('text that is not JSON', () => {
  test.each([
    ['[{"entry":[1]}]', 'not a JSON object', 1],
    ['{\n"entry":[{]}', 'brackets that do not match', 2],
    ['{"a":"b\n"}', 'does not end on its line', 1],
    [`{"a":${'['.repeat(2_000)}`, 'nested too deep', 1],
  ])('%j', (text, reason, line) => {
    const failure = (() => {
      try {
        return scan(text) && undefined;
      } catch (error) {
        return error as Unreadable;
      }
    })();
    expect(failure).toBeInstanceOf(Unreadable);
    expect(failure?.message).toContain(reason);
    expect(failure?.line).toBe(line);
  });

  test('is noticed when the text ends in the middle', () => {
    const { scanner, elements } = scan('{"entry":[{"a":1},\n{"b":');
    expect(elements).toHaveLength(1);
    expect(() => scanner.end()).toThrow('ends in the middle');
  });
});

describe('bytes', () => {
  test.each([1, 2, 3, 100])('a byte order mark is removed in chunks of %i', async (size) => {
    const text = async (content: string) => {
      const chunks: Buffer[] = [];
      for await (const chunk of withoutMark(cutAsync(content, size))) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect(await text('\uFEFF{"a":1}')).toBe('{"a":1}');
    expect(await text('{"a":1}')).toBe('{"a":1}');
    expect(await text('{}')).toBe('{}');
    expect(await text('')).toBe('');
  });

  test.each([1, 2, 5, 100])('lines are found in chunks of %i', async (size) => {
    const lines = [];
    for await (const { line, bytes } of linesOf(cutAsync('a\r\n\n  \nbc\nlonger than ten\nd', size), 10)) {
      lines.push([line, bytes?.toString()]);
    }
    expect(lines).toEqual([
      [1, 'a\r'],
      [4, 'bc'],
      [5, undefined],
      [6, 'd'],
    ]);
  });
});
