/** The pages about a login in a real browser, in both languages, at the size of a phone and of a desktop. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, keepScreenshot, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { secondStepPath, securityPath } from '../../src/domain/urls.ts';
import { administer } from '../administration.ts';
import { registerApp, startAuthorization } from '../app.ts';
import { authenticatorOf } from '../authenticator.ts';
import { configure } from '../configure.ts';
import { contrasts } from '../consent/contrasts.ts';
import { PASSWORD, startWorld, type World } from '../world.ts';

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };

(canRunChromium() ? describe : describe.skip)('the pages about a login in Chromium', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    [world, browser] = await Promise.all([startWorld(), launchChromium()]);
    await configure(world, { helpPage: 'https://northwind.example/help' });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  /** Looks at the page at every size: nothing is cut off, and every text has enough contrast. */
  async function look(page: Page, name: string): Promise<void> {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
      expect([name, size, overflow]).toEqual([name, size, 0]);
      const faint = (await page.locator('body').evaluate(contrasts)).filter(({ ratio }) => ratio < 4.5);
      expect([name, faint]).toEqual([name, []]);
      await keepScreenshot(page, `${name}-${size}`);
    }
  }

  it.each([
    ['en', 'en-US', 'maria.many'],
    ['es', 'es-MX', 'paul.parent'],
  ])(
    'O64: O65: are read and used at every size (%s)',
    async (language, locale, login) => {
      const context = await browser.newContext({ locale, javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`${world.url}${securityPath('northwind')}`);
      await look(page, `${language}-1-login`);
      await page.locator('#login').fill(login);
      await page.locator('#password').fill(PASSWORD);
      await page.locator('button[value=login]').click();
      await page.locator('#sessions').waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      await page.locator('a[href$="/second-step"]').click();
      await look(page, `${language}-2-set-up`);
      const secret = await page.locator('#scan ~ p code').first().innerText();
      const { code } = authenticatorOf(secret.replaceAll(' ', ''));
      await page.locator('#code').fill(code());
      await page.locator('button[value=turn-on]').click();
      await page.locator('.done:focus').waitFor();
      await look(page, `${language}-3-on`);
      await page.goto(`${world.url}${securityPath('northwind')}`);
      await page.locator('a[href$="/password"]').click();
      await page.locator('#current').fill(PASSWORD);
      await page.locator('#next').fill('password1234567');
      await page.locator('#again').fill('password1234567');
      await page.locator('button[value=change-password]').click();
      await page.locator('#problem').waitFor();
      await look(page, `${language}-4-password`);
      expect((await administer(world, 'DELETE', `northwind/logins/${login}/second-factor`)).status).toBe(204);
      await page.goto(`${world.url}${secondStepPath('northwind')}`);
      await page.locator('#login').fill(login);
      await page.locator('#password').fill(PASSWORD);
      await page.locator('button[value=login]').click();
      await page.locator('.warning').waitFor();
      await look(page, `${language}-5-reset`);
      const app = await registerApp(world);
      await page.goto(startAuthorization(world, app, { prompt: 'none' }).url);
      await look(page, `${language}-6-error`);
      await page.goto(startAuthorization(world, app, { prompt: 'login' }).url);
      await look(page, `${language}-7-unverified-login`);
      await context.close();
    },
    90_000,
  );
});
