/** Imported narratives are stored without anything that could run. A real browser shows them to prove it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import { ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const PAYLOADS = resolve(import.meta.dirname, '../../../../libs/fhir/test/narrative/payloads.txt');
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', '\\': '\\' };

/** The attack texts of libs/fhir, without those with characters that FHIR's JSON must not contain. */
const payloads = readFileSync(PAYLOADS, 'utf8')
  .split('\n')
  .slice(0, -1)
  .filter((line) => !/\\[0f]/.test(line))
  .map((line) => line.replace(/\\([nt\\])/g, (_, letter: string) => ESCAPES[letter] ?? ''));

const narrative = (content: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`,
});

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

test('removed parts are counted, the rest stays, and a second import changes nothing', async () => {
  const clean = patient('clean', { text: narrative('<p class="x">Amy &amp; Bob</p>') });
  const dirty = patient('dirty', {
    text: narrative('<p onclick="x()">Amy</p>'),
    name: [{ text: '<b onclick="x">' }],
  });
  const empty = patient('empty', { text: narrative('<script>x()</script>') });
  const file = await world.file('narratives.ndjson', ndjson(clean, dirty, empty));
  const { summary } = await world.importFiles('narratives', file);
  expect(summary).toMatchObject({ created: 3, cleaned: 2, rejected: 0 });
  const bodies = (await world.stored('narratives')).map(({ body }) => JSON.parse(body) as object);
  expect(bodies).toEqual([
    { ...clean, meta: expect.anything() },
    { ...dirty, meta: expect.anything(), text: narrative('<p>Amy</p>') },
    { ...patient('empty'), meta: expect.anything() },
  ]);
  expect((await world.importFiles('narratives', file)).summary).toMatchObject({ unchanged: 3, created: 0 });
});

(canRunChromium() ? describe : describe.skip)('in Chromium', () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  const pageWith = (div: string) =>
    `<!doctype html><script>window.hits = 0; window.hit = () => { window.hits += 1; };</script>${div}`;

  /** Shows each narrative in a page, triggers events on all its elements, and counts scripts that ran and requests. */
  async function show(divs: readonly string[]): Promise<{ hits: number; asked: string[] }> {
    const page = await browser.newPage();
    try {
      const asked: string[] = [];
      let hits = 0;
      await page.route('**', (route) => {
        const request = route.request();
        // A request for a link that was clicked is allowed: a member would have wanted it.
        const isLink = request.isNavigationRequest() && request.frame() === page.mainFrame();
        if (!isLink && request.url() !== 'about:blank') asked.push(request.url());
        return route.abort();
      });
      page.on('dialog', (dialog) => void dialog.dismiss());
      for (const div of divs) {
        await page.setContent(pageWith(div));
        hits += await page.evaluate(poke);
      }
      return { hits, asked };
    } finally {
      await page.close();
    }
  }

  test('no imported attack text runs a script or sends a request', async () => {
    const resources = payloads.map((content, at) => patient(`p${at}`, { text: narrative(content) }));
    const file = await world.file('golden.ndjson', ndjson(...resources));
    const { summary } = await world.importFiles('golden', file);
    expect(summary).toMatchObject({ created: payloads.length, rejected: 0 });
    const divs = (await world.stored('golden')).flatMap(({ body }) => {
      const { text } = JSON.parse(body) as { text?: { div: string } };
      return text ? [text.div] : [];
    });
    expect(divs.length).toBeGreaterThan(150);
    expect(await show(divs)).toEqual({ hits: 0, asked: [] });
  }, 120_000);

  test('the same attack texts do run before they are imported', async () => {
    const { hits, asked } = await show(payloads.map((content) => narrative(content).div));
    expect(hits).toBeGreaterThan(20);
    expect(asked.length).toBeGreaterThan(5);
  }, 120_000);
});

/** Runs in the page, and triggers the events that a member's mouse and keyboard would cause. */
async function poke(): Promise<number> {
  interface Shown {
    dispatchEvent(event: unknown): void;
    tagName: string;
    click(): void;
  }
  const page = globalThis as unknown as {
    document: { querySelectorAll(all: string): Shown[] };
    Event: new (name: string, options: object) => unknown;
    hits: number;
  };
  for (const shown of page.document.querySelectorAll('*')) {
    for (const name of ['mouseover', 'focus', 'blur', 'error', 'load', 'toggle', 'click'])
      shown.dispatchEvent(new page.Event(name, { bubbles: false, cancelable: true }));
  }
  await new Promise((done) => setTimeout(done, 5));
  return page.hits;
}
