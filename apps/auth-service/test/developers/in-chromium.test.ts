/** From an address to a client id, on pages without scripts: at a desk and on a phone. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import {
  DeveloperAtBrowser,
  type DeveloperWorld,
  DEVELOPER_PASSWORD,
  startDeveloperWorld,
} from './developer.ts';

/** Screenshots for a person to look at: set SCREENSHOT_DIR to keep them. */
const directory = process.env['SCREENSHOT_DIR'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LIMIT_MS = 120_000;
const PATIENCE_MS = 20_000;

interface Violation {
  id: string;
  nodes: { html: string }[];
}

(canRunChromium() ? describe : describe.skip)('the account of a developer in Chromium', () => {
  let there: DeveloperWorld;
  let browser: Browser;
  beforeAll(async () => {
    [there, browser] = await Promise.all([startDeveloperWorld(), launchChromium()]);
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await there?.stop();
  });

  /** The rules of axe that the page breaks. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    const found = await page.evaluate<Violation[]>(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    );
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 100) ?? ''}`);
  }

  async function check(page: Page, name: string): Promise<void> {
    const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
    expect([name, overflow, await violations(page)]).toEqual([name, 0, []]);
    if (!directory) return;
    mkdirSync(directory, { recursive: true });
    await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
  }

  it.each([1280, 390])(
    'is made, has an app, and the app is changed and deleted (%i px)',
    async (width) => {
      const email = `dana-${width}@apps.example`;
      const context = await browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const shot = (name: string) => check(page, `${width}-${name}`);
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
      const dana = new DeveloperAtBrowser(there, email);
      await page.goto(dana.path());
      await shot('1-login');
      await page.getByRole('link', { name: 'Make an account' }).click();
      await page.getByLabel('E-mail address').fill(email);
      await shot('2-join');
      await press('Send me a link');
      await shot('3-sent');
      await page.goto(await dana.takeLink());
      await page.getByLabel('Password', { exact: true }).fill('too short');
      await page.getByLabel('Password again').fill('too short');
      await press('Save and log in');
      await shot('4-password');
      await page.getByLabel('Password', { exact: true }).fill(DEVELOPER_PASSWORD);
      await page.getByLabel('Password again').fill(DEVELOPER_PASSWORD);
      await press('Save and log in');
      await shot('5-no-app');
      await page.getByRole('link', { name: 'Register an app' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Health Diary');
      await page.getByLabel('Redirect addresses').fill('http://diary.example/callback');
      await page.getByLabel('Who publishes it').fill('Diary Makers Inc.');
      await page.getByLabel('Privacy policy').fill('https://diary.example/privacy');
      await page.getByLabel('On a server, with a secret').check();
      await press('Register');
      await shot('6-refused');
      await page.getByLabel('Redirect addresses').fill('https://diary.example/callback');
      await press('Register');
      await page.getByText('The secret of your app').waitFor();
      await shot('7-registered');
      await page
        .getByLabel('Redirect addresses')
        .fill('https://diary.example/callback\nhttps://diary.example/other');
      await press('Save');
      await page.getByText('The change is saved').waitFor();
      await page.getByRole('link', { name: 'Your apps' }).click();
      await shot('8-apps');
      await page.getByRole('link', { name: 'Look after it' }).click();
      await page.getByLabel('Delete the app').check();
      await press('Delete');
      await page.getByText('You have no app yet').waitFor();
      await press('Log out');
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      await context.close();
    },
    LIMIT_MS,
  );
});
