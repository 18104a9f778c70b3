/** The viewer of card links in a real browser, from the link of a QR code to the card. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ask, canRunChromium, keepScreenshot, launchChromium, pageProblems } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startSite } from '../world.ts';
import { linkedBundle, COVERAGE, Links } from './links.ts';

const VIEWER_URL = 'https://cards.plan.example';
const BUILT = resolve(import.meta.dirname, '../../../card-viewer/out-app');
const MAX_WIRE_BYTES = 12_000;
const ENDED = 'This code does not open the card any more: ask the member for a new one.';
const UNKNOWN = 'This code opens no card here. Scan it once more, or ask the member for a new one.';

const NOTHING = 'Scan the code of an insurance card';

jest.setTimeout(120_000);

describe('the viewer of card links', () => {
  let site: Awaited<ReturnType<typeof startSite>>;
  const links = new Links();
  beforeAll(async () => {
    await links.start();
    // Another name of this machine than that of the page.
    const PUBLIC_URL = links.url.replace('127.0.0.1', 'localhost');
    links.url = PUBLIC_URL;
    site = await startSite({ PUBLIC_URL, CARD_VIEWER_URL: 'http://127.0.0.1:1' });
  });
  afterAll(async () => {
    await site?.stop();
    links.stop();
  });

  it('runs the scripts of its files alone, asks the API alone, and tells nobody where it is', async () => {
    const { status, headers, text } = await ask(site.testClientUrl, '/card');
    expect(status).toBe(200);
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      'img-src data:',
      `connect-src ${links.url}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['set-cookie']).toBeUndefined();
    expect(text).not.toMatch(/<style|<script(?![^>]*src=)|\sstyle=|\son\w+=|plan\.example/);
    const [script = ''] = /\/card-assets\/[^"]*\.js/.exec(text) ?? [];
    expect((await ask(site.testClientUrl, script)).headers['cache-control']).toContain('immutable');
  });

  it('is small', () => {
    const files = globSync('**/*.{html,js,css}', { cwd: BUILT }).map((file) => resolve(BUILT, file));
    expect(files.length).toBe(3);
    const bytes = files.map((file) => gzipSync(readFileSync(file)).length);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MAX_WIRE_BYTES);
  });

  it('stores nothing: no script of it names a store', () => {
    for (const file of globSync('**/*.js', { cwd: BUILT }))
      expect(readFileSync(resolve(BUILT, file), 'utf8')).not.toMatch(
        /localStorage|sessionStorage|indexedDB|document\.cookie|serviceWorker|caches\./,
      );
  });

  it('is at no other port, and nowhere where it is not set up', async () => {
    expect((await ask(site.url, '/card')).status).toBe(404);
    expect((await ask(site.testClientUrl, '/')).status).toBe(404);
    const other = await startSite({ TEST_CLIENT_URL: VIEWER_URL });
    expect((await ask(other.testClientUrl, '/card')).status).toBe(404);
    await other.stop();
  });

  it('is never on the host of login', async () => {
    const started = startSite({ CARD_VIEWER_URL: 'https://api.northwind-health.example:8443' });
    await expect(started).rejects.toThrow('CARD_VIEWER_URL: has the host of PUBLIC_URL');
  });

  (canRunChromium() ? describe : describe.skip)('in Chromium', () => {
    let browser: Browser;
    let context: BrowserContext;
    let complaints: string[];
    beforeAll(async () => void (browser = await launchChromium()));
    afterAll(() => browser?.close());
    afterEach(async () => {
      links.busy = false;
      await context?.close();
    });

    async function open(shlink: string, { locale = 'en-US', width = 360 } = {}): Promise<Page> {
      context = await browser.newContext({ locale, viewport: { width, height: 740 } });
      complaints = [];
      const page = await context.newPage();
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${site.testClientUrl}/card${shlink === '' ? '' : `#${shlink}`}`);
      return page;
    }

    async function showCard(page: Page): Promise<void> {
      await page.getByLabel('Your name, or the name of your office').fill('Harbor Clinic, front desk');
      await page.getByRole('button', { name: 'Show the card' }).click();
    }

    async function looksGood(page: Page, name: string): Promise<void> {
      expect([name, await pageProblems(page)]).toEqual([name, []]);
      await keepScreenshot(page, `card-viewer-${name}`);
    }

    const says = (page: Page) => page.locator('main').innerText();

    it('opens a link to front and back, after it has asked who wants to see it', async () => {
      const page = await open(await links.make());
      await page.getByRole('heading', { name: 'Insurance card' }).waitFor();
      // The key stands neither in the address nor in the history any more.
      expect(page.url()).toBe(`${site.testClientUrl}/card`);
      expect(links.asked).toEqual([]);
      await looksGood(page, 'asks-360');
      await showCard(page);
      await page.getByRole('heading', { name: 'PPO Choice 35' }).waitFor();
      const words = await says(page);
      for (const fact of ['NW-4711', 'Maria <script> Castellan', 'G1 Harbor Logistics', '$35', '610011'])
        expect(words).toContain(fact);
      for (const fact of ['(800) 555-0100', 'Call 911 <first>.', 'January 1, 2026'])
        expect(words).toContain(fact);
      expect(words).toMatch(/had this card in force when it was opened here: \w+ \d+, \d{4}/);
      expect(await page.locator('img').evaluate((logo: { naturalWidth: number }) => logo.naturalWidth)).toBe(
        48,
      );
      await looksGood(page, 'card-360');
      expect(links.asked).toMatchObject([
        { method: 'GET', url: expect.stringMatching(/\?recipient=Harbor\+Clinic%2C\+front\+desk$/) },
      ]);
      for (const header of ['referer', 'cookie']) expect(links.asked[0]?.headers).not.toHaveProperty(header);
      expect(complaints).toEqual([]);
      const stored = await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]');
      expect(stored).toEqual([0, 0, '']);
    });

    it('draws the card on a wide window, and prints it without buttons', async () => {
      const page = await open(await links.make(), { width: 1280 });
      await showCard(page);
      await page.getByRole('heading', { name: 'PPO Choice 35' }).waitFor();
      await looksGood(page, 'card-1280');
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('button').count()).toBe(0);
      await keepScreenshot(page, 'card-viewer-print');
    });

    it('says in both languages what it needs where there is no script', async () => {
      context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 740 } });
      const page = await context.newPage();
      await page.goto(`${site.testClientUrl}/card`);
      await page.getByRole('heading', { name: 'Insurance card / Tarjeta del seguro' }).waitFor();
      expect(await page.locator('p:not([lang])').innerText()).toContain('This page needs JavaScript');
      expect(await page.locator('p[lang=es]').innerText()).toContain('Esta página necesita JavaScript');
      expect(await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth)).toBe(0);
      await keepScreenshot(page, 'card-viewer-no-script-390');
    });

    it('speaks Spanish to a phone that does, and English when it is asked to, and keeps what was typed', async () => {
      const page = await open(await links.make({ passcode: 'open sesame' }), { locale: 'es-MX' });
      expect(await page.locator('html').getAttribute('lang')).toBe('es');
      await looksGood(page, 'pregunta-360');
      await page.getByLabel('Su nombre o el de su consultorio').fill('Clínica');
      await page.getByRole('button', { name: 'English' }).click();
      const field = page.getByLabel('Your name, or the name of your office');
      expect(await field.inputValue()).toBe('Clínica');
      await page.getByLabel('Passcode').fill('open sesame');
      await page.getByRole('button', { name: 'Show the card' }).click();
      await page.getByRole('heading', { name: 'PPO Choice 35' }).waitFor();
      await page.getByRole('button', { name: 'Español' }).click();
      expect(await says(page)).toContain('1 de enero de 2026');
      await looksGood(page, 'tarjeta-360');
    });

    it('asks for a passcode, says how often it may be tried, and ends with the link', async () => {
      const page = await open(await links.make({ passcode: 'open sesame' }));
      const before = links.asked.length;
      await showCard(page);
      expect(links.asked.length).toBe(before);
      await page.getByLabel('Passcode').fill('open barley');
      await showCard(page);
      const alert = page.getByRole('alert');
      expect(await alert.innerText()).toBe('The passcode is wrong. You can try 9 more times.');
      expect(await alert.evaluate('document.activeElement.getAttribute("role")')).toBe('alert');
      await looksGood(page, 'wrong-passcode-360');
      for (let remaining = 8; remaining >= 0; remaining -= 1) {
        await page.getByLabel('Passcode').fill('open barley');
        await page.getByRole('button', { name: 'Show the card' }).click();
        const words = remaining === 0 ? ENDED : remaining === 1 ? 'one more time' : `${remaining} more times`;
        await page.getByText(words).waitFor();
      }
      expect(JSON.parse(links.asked.at(-1)?.body ?? '')).toEqual({
        recipient: 'Harbor Clinic, front desk',
        passcode: 'open barley',
      });
    });

    it('says the same plain sentence of a link that ended and of one that never was', async () => {
      const ended = await links.make();
      links.endAll();
      const never = await links.make({
        says: { url: `${links.url}/auth/northwind/card-link/${'x'.repeat(43)}` },
      });
      for (const link of [ended, never]) {
        const page = await open(link);
        await showCard(page);
        await page.getByText(ENDED).waitFor();
        expect(await says(page)).toMatch(/^Insurance card\s+This code [^\n]*$/);
        expect(await page.locator('form').count()).toBe(0);
        await looksGood(page, 'ended-360');
        await context.close();
      }
    });

    it('lets people try again while the API does not answer, without asking twice by itself', async () => {
      const page = await open(await links.make());
      links.busy = true;
      const before = links.asked.length;
      await showCard(page);
      await page.getByText('The card cannot be shown now. Try again in a minute.').waitFor();
      expect(links.asked.length).toBe(before + 1);
      links.busy = false;
      await page.getByRole('button', { name: 'Show the card' }).click();
      await page.getByRole('heading', { name: 'PPO Choice 35' }).waitFor();
    });

    it('opens no other file, and asks no other host', async () => {
      const before = links.asked.length;
      const strangers = [
        'shlink:/not-json',
        await links.make({
          says: { url: `https://elsewhere.example/auth/northwind/card-link/${'x'.repeat(43)}` },
        }),
        await links.make({ says: { url: `${links.url}/auth/northwind/apps?${'x'.repeat(43)}` } }),
        await links.make({ says: { key: 'short' } }),
        await links.make({ says: { flag: 'L' } }),
        await links.make({ says: { v: 2 } }),
      ];
      const page = await open('');
      const follow = (link: string) => page.evaluate(`location.hash = '#${link}'`);
      for (const link of strangers) {
        await follow(await links.make());
        await page.getByRole('button', { name: 'Show the card' }).waitFor();
        await follow(link);
        await page.getByText(UNKNOWN).waitFor();
      }
      expect(links.asked.length).toBe(before);
      const files = [
        { content: linkedBundle(COVERAGE) },
        { content: { resourceType: 'Patient', id: 'x' } },
        {
          content: linkedBundle(
            { ...COVERAGE, class: 'none' },
            { resourceType: 'Patient', id: 'x', name: [] },
          ),
        },
        { header: { alg: 'dir', enc: 'A256GCM', cty: 'text/html' } },
        { says: { key: 'x'.repeat(43) } },
      ];
      for (const file of files) {
        await follow(await links.make(file));
        await showCard(page);
        await page.getByText(UNKNOWN).waitFor();
      }
      expect(links.asked.length).toBe(before + files.length);
    });

    it('says what to do without a link, takes the next one, and forgets the card when it is left', async () => {
      const page = await open('');
      await page.getByText(NOTHING).waitFor();
      await looksGood(page, 'nothing-360');
      const link = await links.make();
      await page.evaluate(`location.hash = '#${link}'`);
      await showCard(page);
      await page.getByRole('heading', { name: 'PPO Choice 35' }).waitFor();
      await page.goto(`${site.url}/start`);
      await page.goBack();
      await page.getByText(NOTHING).waitFor();
    });
  });
});
