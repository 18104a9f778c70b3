/** What developers do wrong, and whether the answer helps them. Each is made over HTTP, at the public host. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ERROR_ENTRIES } from '@patient-access/fhir';
import { world } from '../installation/world.ts';
import { MISTAKES } from '../mistakes/mistakes.ts';
import { PROVOKED, PROVOKED_ELSEWHERE } from '../mistakes/provoked.ts';
import { read, type Refused } from '../mistakes/reading.ts';
import { openScene, type Scene } from '../mistakes/scene.ts';
import type { RawAnswer } from '../mistakes/send.ts';

const { northwind, lakeside } = world();
const ENTRIES = [...ERROR_ENTRIES.fhir, ...ERROR_ENTRIES.oauth];
const ROOT = resolve(import.meta.dirname, '../../..');
/** Provoking an error may take a server that waits, or an import. */
const LONG_MS = 120_000;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(northwind, lakeside);
}, LONG_MS);

/** Opens the link of an answer, as a browser does. @returns what it says of the error */
async function documented(link: string): Promise<string> {
  const [address = '', code] = link.split('#');
  const page = await fetch(address, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  return new RegExp(`<dt id="${code}">(.*?)(?=<dt |</dl>)`, 's').exec(await page.text())?.[1] ?? '';
}

/** The rule that holds for every refusal: which error it is, the request id, a link, and what to do. */
async function expectToTeach(reply: RawAnswer, code: string): Promise<Refused> {
  const refused = read(reply);
  expect(refused).toMatchObject({
    says: expect.stringMatching(/^.{20,}[.?]$/s),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    link: `${new URL(northwind.issuer).origin}/docs/errors#${code}`,
  });
  const inHeader = reply.headers['x-request-id'];
  if (inHeader !== undefined) expect(inHeader).toBe(refused.requestId);
  const entry = ENTRIES.find((each) => each.code === code);
  const words = code in PROVOKED || entry === undefined ? undefined : entry.words;
  if (words && ERROR_ENTRIES.oauth.some((each) => each.code === code)) expect(words).toContain(refused.word);
  expect(await documented(refused.link)).toMatch(/<dd>.+<\/dd><dd>.+<\/dd>/s);
  return refused;
}

describe.each(MISTAKES)('%s', (_where, table) => {
  test.each(table)('with $what is answered with $code, and says what to do', async ({ make, code, says }) => {
    const refused = await expectToTeach(await make(scene), code);
    expect(refused.says).toMatch(says);
  });
});

describe('every documented error', () => {
  const mistakes = MISTAKES.flatMap(([, table]) => table);

  test.each(ENTRIES)(
    'is provoked over HTTP, and its link leads to it: $code',
    async ({ code }) => {
      const elsewhere = PROVOKED_ELSEWHERE[code];
      if (elsewhere !== undefined) {
        expect(existsSync(join(ROOT, elsewhere)) && readFileSync(join(ROOT, elsewhere), 'utf8')).toContain(
          `#${code}`,
        );
        return;
      }
      const make = PROVOKED[code] ?? mistakes.find((each) => each.code === code)?.make;
      if (!make) throw new Error(`nothing provokes ${code}: add a mistake, or a row in mistakes/provoked.ts`);
      await expectToTeach(await make(scene), code);
    },
    LONG_MS,
  );

  test('and no other is answered: at least a hundred mistakes have their own words', () => {
    const codes = new Set<string>(ENTRIES.map(({ code }) => code));
    expect(mistakes.filter(({ code }) => !codes.has(code))).toEqual([]);
    expect(mistakes.length).toBeGreaterThanOrEqual(100);
  });
});
