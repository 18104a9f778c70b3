/** The console in a browser. With SCREENSHOT_DIR set, it writes screenshots for a person to look at. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canRunChromium,
  isThorough,
  keepScreenshot,
  launchChromium,
  pageProblems,
} from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { asLines, startWorld, type World } from '../world.ts';
import { auditorCredential } from '../auditor-search/auditors.ts';
import { interruptedAnswer, PERIOD, storyOf, withEndedToken } from './trail.ts';

const SIZES = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 360, height: 740 }],
] as const;
/** Of a phone whose owner sees badly: a browser has 16 pixels unless it is told otherwise. */
const NARROWEST = { width: 320, height: 640 };
const LARGE_TEXT = { standard: 32, fixed: 26 };
const NARROW = 390;
const WIDE = 1280;
/** The rules of axe take seconds on a long page where the machine is busy. */
const AXE_LIMIT_MS = 120_000;
const PAGES = [
  ['overview', `overview?${PERIOD}`],
  ['member', `member?patient=anna&${PERIOD}`],
  ['refusals', `refusals?${PERIOD}`],
  ['revoked', `revoked?${PERIOD}`],
  ['app', `app?app=app-1&${PERIOD}`],
  ['bursts', `bursts?${PERIOD}`],
  ['search', `search?${PERIOD}&app=app-2&outcome=refused`],
  ['interrupted', `search?${PERIOD}&outcome=interrupted`],
  ['people', `member?${PERIOD}&patient=baker`],
  ['changes', `changes?${PERIOD}&patient=anna`],
  ['notice', `notice?${PERIOD}&app=app-3`],
  ['wrong', 'bursts?opens=99'],
  ['nobody', 'member?patient=nobody'],
] as const;
/** A wide window has more room around each page and nothing else: one with a chart and one with a form show that. */
const SEEN_WIDE: readonly string[] = ['overview', 'wrong'];

/** Of the page, in which the function runs. */
declare const getComputedStyle: (element: unknown) => { fontSize: string };

(canRunChromium() ? describe : describe.skip)('the audit console in Chromium', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launchChromium()]);
    const ended = ['2026-11-20T15:10:00.000Z', '2026-11-21T09:00:00.000Z'].map((at) => withEndedToken(at));
    const counted = withEndedToken('2026-11-21T09:01:00.000Z', {
      ...{ kind: 'denied-attempts', action: 'deny', count: 1_234 },
    });
    const interrupted = interruptedAnswer('2026-11-21T16:00:00.000Z');
    await world.deliver(asLines(...storyOf(), ...ended, counted, ...interrupted));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  /**
   * Does what the gateway does: it replaces the session by an introspection JWT, and the public path by the internal
   * one.
   *
   * @param javaScriptEnabled for axe; the console itself has no script
   */
  async function newPage(
    viewport: { width: number; height: number },
    javaScriptEnabled = false,
  ): Promise<Page> {
    const page = await (await browser.newContext({ viewport, javaScriptEnabled })).newPage();
    await page.route('**/audit/**', async (route) => {
      const url = route.request().url().replace('/audit/', '/internal/console/');
      const headers = { ...route.request().headers(), authorization: await auditorCredential(world) };
      await route.continue({ url, headers });
    });
    return page;
  }

  it.each(SIZES)(
    'fits the screen, and can be used by keyboard (%s)',
    async (size, viewport) => {
      const page = await newPage(viewport);
      for (const [name, path] of PAGES) {
        await page.goto(`${world.url}/audit/northwind/${path}`);
        const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
        expect([name, overflow]).toEqual([name, 0]);
        await keepScreenshot(page, `${size}-console-${name}`);
      }
      await page.goto(`${world.url}/audit/northwind/member`);
      await page.getByLabel('Patient id').fill('cora');
      await page.getByLabel('From').fill('2026-11-01');
      await page.getByLabel('To').fill('2026-11-30');
      await page.keyboard.press('Enter');
      await page.getByRole('img', { name: /Access to the data of Patient\/cora/ }).waitFor();
      expect(await page.getByRole('cell', { name: 'Night Owl', exact: true }).count()).toBeGreaterThan(0);
      await page.getByRole('link', { name: 'Out-of-hours bursts' }).click();
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Out-of-hours bursts');
      await page.context().close();
    },
    60_000,
  );

  it('fits the narrowest screen with text that is twice as large', async () => {
    const page = await newPage(NARROWEST);
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setFontSizes', { fontSizes: LARGE_TEXT });
    const tooWide: Record<string, number> = {};
    for (const [name, path] of PAGES) {
      await page.goto(`${world.url}/audit/northwind/${path}`);
      const seen = await page.locator('html').evaluate((root) => ({
        by: root.scrollWidth - root.clientWidth,
        text: getComputedStyle(root).fontSize,
      }));
      expect(seen.text).toBe(`${LARGE_TEXT.standard}px`);
      if (seen.by > 0) tooWide[name] = seen.by;
    }
    await page.context().close();
    expect(tooWide).toEqual({});
  }, 60_000);

  it.each([NARROW, WIDE])(
    'breaks no rule of axe on any page (%i pixels wide)',
    async (width) => {
      const page = await newPage({ width, height: 900 }, true);
      const broken: Record<string, string[]> = {};
      const pages = PAGES.filter(([name]) => width === NARROW || isThorough || SEEN_WIDE.includes(name));
      for (const [name, path] of pages) {
        await page.goto(`${world.url}/audit/northwind/${path}`);
        broken[name] = await pageProblems(page);
      }
      await page.context().close();
      expect(broken).toEqual(Object.fromEntries(pages.map(([name]) => [name, []])));
    },
    AXE_LIMIT_MS,
  );
});
