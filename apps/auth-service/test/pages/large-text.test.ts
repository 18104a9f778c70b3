/** Text that is twice as large, as a member sets it in her browser (WCAG 2.2, 1.4.4): on every page, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { barsFigure, CARD_STYLE, CARD_WORDS, cardHtml } from '@patient-access/pages';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { LANGUAGES, TEXTS } from '../../src/domain/pages/language.ts';
import {
  memberHelpPath,
  memberPath,
  passwordPath,
  receiptCheckPath,
  recoveryPath,
  secondStepPath,
  securityPath,
} from '../../src/domain/urls.ts';
import { STYLE_SHEET } from '../../src/web/pages/style-sheet.ts';
import { registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { giveAddress, type MailWorld, startMailWorld } from '../mail/world.ts';
import { ForgetfulMember, NEW_PASSWORD } from '../recovery/forgetful-member.ts';
import { PASSWORD, type World } from '../world.ts';
import { brokenWords } from './broken-words.ts';

/** The narrowest of common phones. */
const PHONE = { width: 360, height: 740 };
const SIZES = { phone: PHONE, desktop: { width: 1280, height: 900 } };
/** A browser has 16 unless it is told otherwise. A screenshot would set them back. */
const FONT_PIXELS = { standard: 32, fixed: 26 };
const OF_MEMBER = {
  apps: memberPath('northwind', 'apps'),
  access: memberPath('northwind', 'access'),
  email: memberPath('northwind', 'email'),
  security: securityPath('northwind'),
  password: passwordPath('northwind'),
  'second-step': secondStepPath('northwind'),
  'receipt-check': receiptCheckPath('northwind'),
};

/** Of the page, in which the functions run. */
declare const getComputedStyle: (element: unknown) => { fontSize: string };
declare const document: {
  querySelector(selector: string): { getBoundingClientRect(): { top: number; bottom: number } };
};

/** @returns whether the names of the languages stand above the page's sheet, and not on its edge */
const isHeaderFree = (): boolean =>
  document.querySelector('header > :last-child').getBoundingClientRect().bottom <
  document.querySelector('main').getBoundingClientRect().top;

(canRunChromium() ? describe : describe.skip)('text that is twice as large', () => {
  let mails: MailWorld;
  let world: World;
  let browser: Browser;
  let app: RegisteredApp;
  beforeAll(async () => {
    [mails, browser] = await Promise.all([startMailWorld({ nativeApps: true }), launchChromium()]);
    ({ world } = mails);
    app = await registerApp(world, { redirect_uris: ['com.example.diary:/callback'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await mails?.stop();
  });

  async function openTab(locale: string): Promise<Page> {
    const context = await browser.newContext({ viewport: PHONE, locale, javaScriptEnabled: false });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Page.setFontSizes', { fontSizes: FONT_PIXELS });
    return page;
  }

  /** @returns what looks at the page that is shown, and what it found: by how much it is too wide, and broken words */
  function viewer(page: Page, language: string) {
    const faults: Record<string, unknown> = {};
    const look = async (name: string) => {
      for (const [size, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        const overflow = await page
          .locator('html')
          .evaluate((root) => ({ by: root.scrollWidth - root.clientWidth, language: root.lang }));
        expect(overflow.language).toBe(language);
        const words = await page.evaluate(brokenWords);
        if (overflow.by > 0 || words.length > 0) faults[`${name} ${size}`] = [overflow.by, ...words];
        if (!(await page.evaluate(isHeaderFree))) faults[`header of ${name} ${size}`] = 'covered';
      }
    };
    return { faults, look };
  }

  it.each(['en', 'es'])(
    'fits every page on a phone and a desktop, and breaks no word (%s)',
    async (language) => {
      const page = await openTab(language);
      const { faults, look } = viewer(page, language);
      await page.goto(startAuthorization(world, app).url);
      expect(
        await page.locator('.lead').evaluate((text) => parseFloat(getComputedStyle(text).fontSize)),
      ).toBe(34);
      await look('login');
      await page.locator('#login').fill('paul.parent');
      await page.locator('#password').fill('wrong');
      await page.locator('button[value=login]').click();
      await look('wrong');
      await page.locator('#login').fill('paul.parent');
      await page.locator('#password').fill(PASSWORD);
      await page.locator('button[value=login]').click();
      await page.locator('#member-cora').check();
      await look('choose');
      await page.locator('button[value=choose]').click();
      await page.locator('button[value=agree]').waitFor();
      await look('consent');
      await page.locator('button[value=agree]').click();
      await page.locator('a.primary').waitFor();
      await look('go-on');
      for (const [name, path] of Object.entries(OF_MEMBER)) {
        await page.goto(`${world.url}${path}`);
        await look(name);
      }
      await page.goto(`${world.url}${OF_MEMBER.apps}`);
      const links = await page.locator('main a[href*="/apps/"], main a[href*="/receipt"]').all();
      const hrefs = new Set(await Promise.all(links.map((link) => link.getAttribute('href'))));
      for (const [index, href] of [...hrefs].entries()) {
        await page.goto(new URL(href ?? '', page.url()).href);
        await look(`of-app-${index}`);
      }
      await page.goto(startAuthorization(world, app, { redirect_uri: 'https://evil.example/' }).url);
      await look('error');
      expect(faults).toEqual({});
    },
    120_000,
  );

  it.each(LANGUAGES)('keeps the two ends of the chart of a month apart (%s)', async (language) => {
    const page = await openTab(language);
    const { locale } = TEXTS[language];
    const dayOf = (day: number) =>
      new Intl.DateTimeFormat(locale, { month: 'long', day: 'numeric' }).format(new Date(2026, 8, day));
    const chart = barsFigure({
      caption: '',
      bars: [1, 30].map((day) => ({ label: dayOf(day), given: day, refused: 0 })),
      title: ({ label }) => label,
      legend: TEXTS[language].access.legend,
      number: String,
    });
    await page.setContent(`<style>${STYLE_SHEET}</style><main>${chart.markup}</main>`);
    expect(
      await page.locator('.ends').evaluate((ends) => ends.scrollWidth - ends.clientWidth),
    ).toBeLessThanOrEqual(0);
    const [first, last] = await Promise.all(
      ['first', 'last'].map((end) => page.locator(`.ends span:${end}-child`).boundingBox()),
    );
    expect(
      (first?.x ?? 0) + (first?.width ?? 0) < (last?.x ?? 0) ||
        (first?.y ?? 0) + (first?.height ?? 0) <= (last?.y ?? 0),
    ).toBe(true);
  });

  it('does not break what a cost of the insurance card is called where its line on a phone is free', async () => {
    const page = await openTab('en');
    const costs = [{ name: 'Individual deductible per year, in network', value: '$1,500' }];
    const card = {
      ...{ id: 'c', payer: 'Plan', holder: 'Maria', facts: [], notes: [], contacts: [], costs },
      colors: { background: '#ffffff', highlight: '#000000' },
    };
    const { markup } = cardHtml(card, CARD_WORDS.en);
    await page.setContent(`<style>${STYLE_SHEET}${CARD_STYLE}</style><main>${markup}</main>`);
    const [line, name] = await Promise.all(
      ['div', 'dt'].map((part) => page.locator(`.facts ${part}`).boundingBox()),
    );
    expect(name?.width).toBe(line?.width);
  });

  it.each([
    ['en', 'maria.many'],
    ['es', 'gina.guardian'],
  ] as const)(
    'fits the help, and the pages to which mails lead (%s)',
    async (language, login) => {
      const page = await openTab(language);
      const { faults, look } = viewer(page, language);
      const member = new ForgetfulMember(mails);
      /** Leaves no mail that `takeLink` could take for the next one. */
      const forgetMails = async () => {
        await member.quiet();
        mails.server.mails.length = 0;
      };
      await forgetMails();
      await giveAddress(world, login, `${login}@mail.example`, language);
      const save = async (password: string, again: string) => {
        await page.locator('#password').fill(password);
        await page.locator('#repeat').fill(again);
        await page.locator('main button.primary').click();
      };
      await page.goto(`${world.url}${memberHelpPath('northwind')}`);
      await look('help');
      await page.goto(`${world.url}${recoveryPath('northwind')}`);
      await look('recovery');
      await page.locator('#login').fill(login);
      await page.locator('button[value=send]').click();
      await look('recovery-sent');
      const link = await member.takeLink();
      await page.goto(link);
      await look('new-password');
      await save(NEW_PASSWORD, 'another one');
      await look('new-password-differs');
      await save(NEW_PASSWORD, NEW_PASSWORD);
      await look('new-password-done');
      await page.goto(link);
      await look('link-used');
      await forgetMails();
      await page.goto(`${world.url}${OF_MEMBER.email}`);
      await page.locator('#login').fill(login);
      await page.locator('#password').fill(NEW_PASSWORD);
      await page.locator('button[value=login]').click();
      await page.locator('#email').fill('new@mail.example');
      await page.locator('#password').fill(NEW_PASSWORD);
      await page.locator('button[value=change]').click();
      await look('email-sent');
      await page.goto(await member.takeLink());
      await look('email-confirm');
      await page.locator('main button.primary').click();
      await look('email-confirmed');
      expect(faults).toEqual({});
    },
    120_000,
  );
});
