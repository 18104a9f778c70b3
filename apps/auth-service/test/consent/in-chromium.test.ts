/**
 * What a member sees on the consent page in a real browser, and can do there, in both languages and at every size.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { press } from './press.ts';
import { keepFitting } from '../browsers/keep-fitting.ts';
import { startAuthorization, registerApp, type RegisteredApp } from '../app.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';
import { contrasts } from './contrasts.ts';
import { vouchFor } from './world.ts';

/** Globals of the page, in which these functions run. */
declare const getComputedStyle: (element: unknown) => {
  outlineStyle: string;
  outlineWidth: string;
  printColorAdjust: string;
};
declare const innerHeight: number;

const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 360, height: 740 },
  narrow: { width: 320, height: 600 },
  // 200 % zoom of 1280 × 900 leaves this many CSS pixels.
  zoomed: { width: 640, height: 450 },
};

const WORDS = {
  en: { agree: 'Agree and share', claims: /^Claims/, mental: /^Mental health/, long: /^13 months/ },
  es: { agree: 'Aceptar y compartir', claims: /^Reclamaciones/, mental: /^Salud mental/, long: /^13 meses/ },
};

(canRunChromium() ? describe : describe.skip)('the consent page in Chromium', () => {
  let world: World;
  let browser: Browser;
  let callback: Server;
  let app: RegisteredApp;
  const contexts: BrowserContext[] = [];

  async function openPage(viewport: { width: number; height: number }, locale = 'en-US'): Promise<Page> {
    const context = await browser.newContext({ viewport, locale, javaScriptEnabled: false });
    contexts.push(context);
    return context.newPage();
  }

  async function logIn(page: Page, login: string): Promise<void> {
    await page.locator('#login').fill(login);
    await page.locator('#password').fill(PASSWORD);
    await page.locator('button[value=login]').click();
    // A click does not wait for the page to which it leads.
    await page.locator('button[value=agree], button[value=choose]').waitFor();
  }

  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launchChromium()]);
    callback = createServer((_request, response) => response.end('<title>app</title>back in the app'));
    await new Promise<void>((done) => callback.listen(0, '127.0.0.1', done));
    const { port } = callback.address() as AddressInfo;
    app = await registerApp(world, {
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
      publisher: 'Diary Works',
      client_uri: 'https://diary.example/',
      policy_uri: 'https://diary.example/privacy',
      contacts: ['help@diary.example'],
    });
  }, 60_000);

  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await browser?.close();
    callback?.close();
    await world?.stop();
  });

  it.each(['en', 'es'] as const)(
    'SMART 120: is read and answered at every size without scrolling sideways (%s)',
    async (language) => {
      const words = WORDS[language];
      const page = await openPage(SIZES.desktop, language === 'es' ? 'es-MX' : 'en-GB');
      const keepAll = async (step: string) => {
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.setViewportSize(viewport);
          await keepFitting(page, `${language}-${size}-${step}`);
        }
      };
      await page.goto(startAuthorization(world, app).url);
      await keepAll('login');
      await logIn(page, 'maria.many');
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      await keepAll('consent');
      await press(page.getByRole('checkbox', { name: words.claims }));
      await press(page.getByRole('checkbox', { name: words.mental }));
      await press(page.getByRole('radio', { name: words.long }));
      await keepAll('chosen');
      await page.getByRole('button', { name: words.agree }).click();
      await page.waitForURL(/\/callback/);
      expect(new URL(page.url()).searchParams.has('code')).toBe(true);
    },
  );

  it('is printed with what the app asks for, what is checked, and for how long', async () => {
    const page = await openPage(SIZES.desktop);
    await page.goto(startAuthorization(world, app).url);
    await logIn(page, 'maria.many');
    await page.emulateMedia({ media: 'print' });
    const [claims, long] = [
      page.getByRole('checkbox', { name: WORDS.en.claims }),
      page.getByRole('radio', { name: WORDS.en.long }),
    ];
    expect([await claims.isVisible(), await long.isVisible()]).toEqual([true, true]);
    // A browser leaves backgrounds out on paper, and the check mark is white.
    const box = claims.locator('.box');
    expect(await box.evaluate((mark) => getComputedStyle(mark).printColorAdjust)).toBe('exact');
    expect(await page.getByRole('button', { name: WORDS.en.agree }).isVisible()).toBe(false);
  });

  it('SMART 120: shows a verified app, and an app that asks for little', async () => {
    const known = await registerApp(world, { redirect_uris: [app.redirect_uri], client_name: 'Plan Pal' });
    await vouchFor(world, known);
    for (const size of ['desktop', 'phone'] as const) {
      const page = await openPage(SIZES[size]);
      const scope =
        'openid launch/patient patient/Coverage.rs patient/Observation.rs?category=http://x|laboratory';
      await page.goto(startAuthorization(world, known, { scope }).url);
      await logIn(page, 'paul.parent');
      await keepFitting(page, `en-${size}-choose`);
      await page.getByRole('radio', { name: /Cora/ }).check();
      await page.getByRole('button', { name: 'Continue' }).click();
      await keepFitting(page, `en-${size}-verified`);
      await page.getByRole('button', { name: 'Español' }).click();
      await keepFitting(page, `es-${size}-verified`);
      await page.goto(startAuthorization(world, known, { client_id: 'nobody' }).url);
      await keepFitting(page, `es-${size}-error`);
    }
  });

  /** The name or value of the focused element, and whether the focus is visible. */
  const focused = (page: Page) =>
    page.locator(':focus').evaluate((element) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { top, bottom } = element.getBoundingClientRect();
      return {
        is: element.getAttribute('value') ?? element.getAttribute('href') ?? '',
        visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && bottom > 0 && top < innerHeight,
      };
    });

  it('SMART 120: O08: is answered by keyboard alone, in the order in which it is read', async () => {
    const page = await openPage(SIZES.zoomed);
    await page.goto(
      startAuthorization(world, app, { scope: 'openid launch/patient offline_access patient/Coverage.rs' })
        .url,
    );
    await logIn(page, 'maria.many');
    const order: string[] = [];
    for (let presses = 0; presses < 30 && order.at(-1) !== 'deny'; presses += 1) {
      await page.keyboard.press('Tab');
      const { is, visible } = await focused(page);
      expect([is, visible]).toEqual([is, true]);
      order.push(is);
      if (is === 'on sensitive mental-health' || is === 'on duration 13-months') {
        await page.keyboard.press('Space');
        // The keyboard goes on from the box that was pressed.
        const box = `[id="${is.split(' ').slice(1).join('-')}"]`;
        await page.locator(`${box}[aria-checked=true]:focus`).waitFor();
      }
    }
    expect(order).toEqual([
      'es',
      'https://diary.example/',
      'https://diary.example/privacy',
      'off kind coverage',
      'on sensitive substance-use',
      'on sensitive mental-health',
      'on sensitive sexual-health',
      'on sensitive genetics',
      'on sensitive violence',
      'on sensitive restricted',
      '/auth/northwind/apps',
      'on duration once',
      'on duration 90-days',
      'on duration 13-months',
      'agree',
      'deny',
    ]);
    expect(await page.getByRole('checkbox', { name: /^Mental/ }).isChecked()).toBe(true);
    expect(await page.getByRole('radio', { name: /^13 months/ }).isChecked()).toBe(true);
    expect(await page.getByRole('radio', { checked: true }).count()).toBe(1);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/callback/);
    expect(new URL(page.url()).searchParams.has('code')).toBe(true);
  });

  it.each(['en-US', 'es-MX'])(
    'O60: is not answered by Enter on a box, which is kept, only by its own button (%s)',
    async (locale) => {
      const page = await openPage(SIZES.phone, locale);
      await page.goto(startAuthorization(world, app).url);
      await logIn(page, 'maria.many');
      const boxes = await page.getByRole('checkbox').evaluateAll((all) => all.map(({ id }) => id));
      expect(boxes.length).toBeGreaterThan(15);
      for (const box of boxes.slice(-8)) {
        const control = page.locator(`[id="${box}"]`);
        const before = await control.getAttribute('aria-checked');
        await control.focus();
        await page.keyboard.press('Enter');
        await page.locator(`[id="${box}"][aria-checked=${before !== 'true'}]`).waitFor();
      }
      await page.getByRole('heading', { level: 1 }).click();
      await page.keyboard.press('Enter');
      await page.reload();
      expect(await page.locator('button[value=agree]').isVisible()).toBe(true);
      await page.locator('button[value=agree]').focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/callback/);
      expect(new URL(page.url()).searchParams.has('code')).toBe(true);
    },
  );

  it('SMART 120: has enough contrast everywhere (WCAG 2.2 AA), and large enough controls', async () => {
    for (const size of ['desktop', 'phone'] as const) {
      const page = await openPage(SIZES[size]);
      await page.goto(startAuthorization(world, app).url);
      await logIn(page, 'maria.many');
      const texts = await page.locator('body').evaluate(contrasts);
      expect(texts.length).toBeGreaterThan(60);
      expect(texts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      const small = await page
        .locator('button:not([aria-hidden])')
        .evaluateAll((elements) =>
          elements
            .filter((element) => element.getBoundingClientRect().height < 44)
            .map(({ outerHTML }) => outerHTML),
        );
      expect(small).toEqual([]);
    }
  });

  it('O11: is not shown in a frame of another site, and O08: accepts no post from one', async () => {
    const page = await openPage(SIZES.desktop);
    await page.goto(startAuthorization(world, app).url);
    await logIn(page, 'maria.many');
    const consent = page.url();
    const token = await page.locator('input[name=token]').getAttribute('value');
    const attacker = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${consent}"></iframe><form method="post" action="${consent}">
        <input name="token" value="${token}"><button name="action" value="deny">win a prize</button></form>`);
    });
    // Another site: `localhost` is not `127.0.0.1`.
    await new Promise<void>((done) => attacker.listen(0, '127.0.0.1', done));
    await page.goto(`http://localhost:${(attacker.address() as AddressInfo).port}/`);
    await page.waitForTimeout(300);
    const framed = await Promise.all(
      page
        .frames()
        .slice(1)
        .map((frame) => frame.content().catch(() => '')),
    );
    expect(framed.join('')).not.toContain('Share data');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button').click(),
    ]);
    expect(answer.status()).toBe(400);
    await page.goto(consent);
    expect(await page.getByRole('button', { name: 'Agree and share' }).isVisible()).toBe(true);
    attacker.close();
  });
});
