import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import { TEXTS } from '../../src/domain/pages/language.ts';
import { registerApp, startAuthorization } from '../app.ts';
import { checkPage } from '../browsers/check-page.ts';
import { configure } from '../configure.ts';
import { FROM, type MailWorld, noMailWaits, startMailWorld } from '../mail/world.ts';
import { codeIn, JOINED_PASSWORD, loadPlan } from './joiner.ts';

/** What the two people type. */
const PEOPLE = {
  en: { number: 'NW-2001', given: 'Juana', family: 'Ibanez', month: '2', day: '9', year: '1984' },
  es: { number: 'NW-2005', given: 'Carl', family: 'Quiet', month: '10', day: '10', year: '1990' },
} as const;

(canRunChromium() ? describe : describe.skip)('making an account in Chromium', () => {
  let mails: MailWorld;
  let browser: Browser;
  beforeAll(async () => {
    [mails, browser] = await Promise.all([startMailWorld(), launchChromium()]);
    const helpPage = 'https://plan.example/help';
    await configure(mails.world, { mail: { from: FROM }, nativeApps: true, helpPage, join: {} });
    await loadPlan(mails.world);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await mails?.stop();
  });

  /** The code is good once the mail is ended; the notice to the person before may have come in between. */
  async function codeOf({ mails: received }: MailWorld['server']): Promise<string> {
    await noMailWaits(mails.world);
    return received.splice(0).map(codeIn).find(Boolean) ?? '';
  }

  it.each(['en', 'es'] as const)(
    'from the login of an app to its consent page, at the width of a phone (%s)',
    async (language) => {
      const { joining, code: codeWords, login } = TEXTS[language];
      const { world, server } = mails;
      const app = await registerApp(world);
      const context = await browser.newContext({
        viewport: { width: 390, height: 844 },
        locale: language,
      });
      const page = await context.newPage();
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
      const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
      await page.goto(startAuthorization(world, app).url);
      await heading(login.title);
      await checkPage(page, `${language}-login`);
      await press(joining.begin);
      await heading(joining.title);
      await checkPage(page, `${language}-form`);
      const person = PEOPLE[language];
      for (const name of ['number', 'given', 'family', 'month', 'day'] as const)
        await page.getByLabel(joining[name], { exact: true }).fill(person[name]);
      await page.getByLabel(joining.year, { exact: true }).fill('84');
      await press(joining.byMail);
      await page.getByRole('alert').getByText(joining.incomplete).waitFor();
      const number = page.getByLabel(joining.number, { exact: true });
      expect(await number.getAttribute('aria-describedby')).toBe('problem number-hint');
      await checkPage(page, `${language}-incomplete`);
      await page.getByLabel(joining.year, { exact: true }).fill(person.year);
      await press(joining.byMail);
      await heading(joining.codeTitle);
      await checkPage(page, `${language}-code`);
      const code = await codeOf(server);
      await page.getByLabel(codeWords.code).fill(code);
      await press(joining.submit);
      await heading(joining.loginTitle);
      await checkPage(page, `${language}-choose`);
      await page.getByLabel(joining.login, { exact: true }).fill(`member.${language}`);
      await page.getByLabel(joining.password, { exact: true }).fill(JOINED_PASSWORD);
      await page.getByLabel(joining.repeat, { exact: true }).fill(JOINED_PASSWORD);
      await press(joining.save);
      await page.getByText('Health Diary').first().waitFor();
      await context.close();
    },
    60_000,
  );
});
