/** Every page in a real browser: what people who cannot see or point need, and what Content-Security-Policy refuses. */
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { definitions, servedTypes } from '@patient-access/fhir';
import { openApiDocument } from '@patient-access/openapi';
import {
  canRunChromium,
  isThorough,
  keepScreenshot,
  launchChromium,
  pageProblems,
  tries,
} from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { startSite } from './world.ts';

const PAGES = globSync('*.html', { cwd: resolve(import.meta.dirname, '../out-site') })
  .filter((file) => file !== '404.html')
  .map((file) => (file === 'index.html' ? '/' : `/${file.replace('.html', '')}`));
/** Each page is looked at on a phone in the dark, and one in this many at a desk in the light. */
const AT_A_DESK = tries(3, 1);
/** Its sections are made from one template, some thousand rows. But for one look of the long form, it is the first of them. */
const LONG_PAGE = '/reference';
const FIRST_SECTIONS = 4;
const HEIGHT = 900;
/** A page is read without scrolling sideways in a window of 320 pixels (WCAG 2.2, 1.4.10). Firefox' scroll bar has 12. */
const NARROWEST = 320;
const SCROLL_BAR = 15;
/** The rules of axe take seconds on a long page where the machine is busy. */
const LIMIT_MS = 120_000;

const ISSUER = 'https://plan.example/auth/lakeside/oauth2/v1';
const scopeOf = (type: string) =>
  `patient/${type}.${definitions.get(type)?.interactions.includes('search-type') ? 'rs' : 'r'}`;
/** Of a plan that offers everything. */
const documentOf = (name: string) =>
  openApiDocument({
    base: 'https://plan.example/payer/patient-access/v2/lakeside',
    plan: { name, guides: '2023' },
    release: { version: '1.2.3', date: '2026-11-26' },
    errors: 'https://plan.example/docs/errors',
    smart: {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      pushed_authorization_request_endpoint: `${ISSUER}/par`,
      token_endpoint: `${ISSUER}/token`,
      revocation_endpoint: `${ISSUER}/revoke`,
      introspection_endpoint: `${ISSUER}/introspect`,
      userinfo_endpoint: `${ISSUER}/userinfo`,
      jwks_uri: `${ISSUER}/keys`,
      scopes_supported: ['openid', ...servedTypes.map(scopeOf)],
    },
  });

jest.setTimeout(LIMIT_MS);

(canRunChromium() ? describe : describe.skip)('the site in Chromium', () => {
  let site: Awaited<ReturnType<typeof startSite>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let asked: string[];

  beforeAll(async () => {
    [site, browser] = await Promise.all([startSite(), launchChromium()]);
    page = await browser.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
  });
  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  async function open(path: string): Promise<void> {
    [complaints, asked] = [[], []];
    await page.goto(`${site.url}${path}`);
    await page.waitForLoadState('networkidle');
  }

  /** Waits until nothing moves: halfway, colors have other contrasts. */
  async function settle(colorScheme: 'light' | 'dark', width: number): Promise<void> {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.emulateMedia({ colorScheme });
    await page.locator(colorScheme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor();
    await page.evaluate(
      `new Promise(requestAnimationFrame).then(() =>
        Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))`,
    );
  }

  /** Takes all but the first sections out of the page. */
  const shorten = () =>
    page.evaluate(`(() => {
      const next = document.querySelectorAll('main h2')[${FIRST_SECTIONS}];
      while (next.nextElementSibling) next.nextElementSibling.remove();
    })()`);

  describe.each([
    ['light', 1280, PAGES.filter((_page, at) => at % AT_A_DESK === 0)],
    ['dark', 390, PAGES],
  ] as const)('%s and %i pixels wide', (colorScheme, width, pages) => {
    it.each(pages)('%s breaks no rule of axe, and loads nothing from elsewhere', async (path) => {
      await settle(colorScheme, width);
      await open(path);
      if (path === LONG_PAGE && !(isThorough && colorScheme === 'light')) await shorten();
      await settle(colorScheme, width);
      expect(await pageProblems(page)).toEqual([]);
      await keepScreenshot(page, `${path.slice(1) || 'index'}-${colorScheme}-${width}`, false);
      expect(complaints).toEqual([]);
      expect(asked.filter((url) => !url.startsWith(`${site.url}/`) && !url.startsWith('data:'))).toEqual([]);
      expect(await page.context().cookies()).toEqual([]);
    });
  });

  it('fits the narrowest window, also beside a scroll bar', async () => {
    const tooWide: Record<string, number> = {};
    await page.setViewportSize({ width: NARROWEST - SCROLL_BAR, height: HEIGHT });
    for (const path of PAGES) {
      await open(path);
      const by = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
      if (by > 0) tooWide[path] = by;
    }
    expect(tooWide).toEqual({});
  });

  it('shows each request of the OpenAPI document, and breaks no rule of axe while one is open', async () => {
    const api = createServer(({ url = '' }, response) => {
      const isThere = url === '/payer/patient-access/v2/lakeside/openapi.json';
      response.writeHead(isThere ? 200 : 404, { 'access-control-allow-origin': '*' });
      response.end(isThere ? JSON.stringify(documentOf('Lakeside')) : '{}');
    });
    await once(api.listen(0, '127.0.0.1'), 'listening');
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const other = await startSite({ PUBLIC_URL: apiUrl });
    try {
      [complaints, asked] = [[], []];
      await page.goto(`${other.url}/api/viewer`);
      await page.getByText('API of Lakeside').waitFor();
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 390],
      ] as const) {
        await page.setViewportSize({ width, height: HEIGHT });
        await page.emulateMedia({ colorScheme });
        const operation = page.locator('.opblock-summary-control').first();
        if (!(await operation.isVisible())) await page.locator('.opblock-tag').nth(2).click();
        if ((await operation.getAttribute('aria-expanded')) === 'false') await operation.click();
        await page.getByText('Open it in the browser of the member').waitFor();
        expect(await pageProblems(page)).toEqual([]);
        await keepScreenshot(page, `api-viewer-${colorScheme}-${width}`, false);
      }
      expect(complaints).toEqual([]);
      expect(asked.filter((url) => ![other.url, apiUrl, 'data:'].some((own) => url.startsWith(own)))).toEqual(
        [],
      );
      await page.goto(`${other.url}/api/viewer?plan=nowhere`);
      await page.getByText('There is no document of the plan “nowhere”').waitFor();
    } finally {
      await other.stop();
      api.close();
    }
  });

  it('finds a page by a word in it', async () => {
    await page.setViewportSize({ width: 1280, height: HEIGHT });
    await open('/');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByPlaceholder('Search').fill('redisclosure');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/(?:scopes|register|terms)/);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('has a search box that breaks no rule of axe: %s and %i pixels wide', async (scheme, width) => {
    await settle(scheme, width);
    await open('/');
    await page.getByRole('button', { name: 'Search' }).click();
    const box = page.getByRole('dialog', { name: 'Search' });
    await box.waitFor();
    await settle(scheme, width);
    expect(await pageProblems(page)).toEqual([]);
    await box.getByRole('combobox').fill('refresh token');
    await box.getByRole('listbox').getByRole('option').first().waitFor();
    expect(await pageProblems(page)).toEqual([]);
    await keepScreenshot(page, `search-${scheme}-${width}`, false);
    await box.getByRole('combobox').fill('qqxxzzqq');
    await box.getByText('No results').waitFor();
    expect(await pageProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
  });

  it('runs no script that was put into a page', async () => {
    await open('/');
    await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
    })()`);
    expect(await page.evaluate('window.injected')).toBeUndefined();
    expect(complaints.join()).toContain('Content Security Policy');
  });

  it('leads back to the guide from a path that is nothing, an account of no plan too', async () => {
    for (const path of ['/nothing', '/account/']) {
      await open(path);
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      expect(await pageProblems(page)).toEqual([]);
      await page.getByRole('link', { name: 'To the guide' }).click();
      await page.getByRole('heading', { level: 1, name: 'Patient Access API for app developers' }).waitFor();
    }
  });

  it('leads from one page to the next', async () => {
    await open('/');
    await page.getByRole('main').getByRole('link', { name: 'Start in ten minutes' }).first().click();
    await page.getByRole('heading', { level: 1, name: /Start in ten minutes/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/start');
  });
});
