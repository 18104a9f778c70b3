/** From an address to a client id, on pages without scripts: at a desk and on a phone. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APP_CALLS_PATH, type AppCall, pathTo } from '@patient-access/internal-api';
import { canRunChromium, launchChromium, tries } from '@patient-access/testing';
import type { Browser } from 'playwright-core';
import { checkPage } from '../browsers/check-page.ts';
import { keepFittingAt } from '../browsers/keep-fitting.ts';
import {
  DeveloperAtBrowser,
  type DeveloperWorld,
  DEVELOPER_PASSWORD,
  startDeveloperWorld,
} from './developer.ts';

const LIMIT_MS = 240_000;
const PATIENCE_MS = 20_000;
/** The short form takes the way once, and sees at each step that the page fits in the other width too. */
const WIDTHS = [390, 1280];

const CALL: Omit<AppCall, 'client'> = {
  at: '2026-11-27T10:00:00.000Z',
  requestId: '018f3c1e-0000-7000-8000-000000000001',
  request: 'GET Observation?category=…',
  outcome: 'refused',
  reason: 'scope-insufficient',
};

/** An audit-service that knows one refused and one answered call of every app. */
async function startTrail(): Promise<{ trail: Server; auditUrl: string }> {
  const trail = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://audit');
    const client = searchParams.get('clients');
    const calls = [CALL, { ...CALL, outcome: 'answered', reason: null }].map((call) => ({ ...call, client }));
    const isAboutCalls = pathname === pathTo(APP_CALLS_PATH, { tenant: 'northwind' });
    response.end(JSON.stringify(isAboutCalls ? { calls } : { highest: 0 }));
  });
  await once(trail.listen(0, '127.0.0.1'), 'listening');
  return { trail, auditUrl: `http://127.0.0.1:${(trail.address() as AddressInfo).port}` };
}

(canRunChromium() ? describe : describe.skip)('the account of a developer in Chromium', () => {
  let there: DeveloperWorld;
  let browser: Browser;
  let trail: Server;
  beforeAll(async () => {
    const { auditUrl, ...started } = await startTrail();
    ({ trail } = started);
    [there, browser] = await Promise.all([startDeveloperWorld({ auditUrl }), launchChromium()]);
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await there?.stop();
    trail?.close();
  });

  it.each(WIDTHS.slice(0, tries(1, 2)))(
    'is made, has an app, and the app is changed and deleted (%i px)',
    async (width) => {
      const email = `dana-${width}@apps.example`;
      const context = await browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const others = WIDTHS.filter((other) => other !== width).map(
        (other) => [`${other}`, { width: other, height: 900 }] as const,
      );
      const shot = async (name: string) => {
        await checkPage(page, `${width}-${name}`);
        await keepFittingAt(page, others, name);
      };
      // A screen reader says what has the focus when the page opens.
      const hears = (text: string) => page.locator(':focus', { hasText: text }).waitFor();
      const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
      const dana = new DeveloperAtBrowser(there, email);
      await page.goto(dana.path());
      expect(await page.getByRole('link', { name: 'Guide' }).getAttribute('href')).toBe('/');
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
      await hears('At least');
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
      await hears('redirect_uris');
      expect(await page.title()).toMatch(/^Problem: Register an app/);
      await shot('6-refused');
      await page.getByLabel('Redirect addresses').fill('https://diary.example/callback');
      await press('Register');
      await hears('Your app is registered');
      await page.getByText('The secret of your app').waitFor();
      await shot('7-registered');
      await page
        .getByLabel('Redirect addresses')
        .fill('https://diary.example/callback\nhttps://diary.example/other');
      await there.world.db.query('DELETE FROM developer_session');
      await press('Save');
      await page.getByText('so the form was not sent').waitFor();
      await shot('7-logged-out');
      await page.getByLabel('E-mail address').fill(email);
      await page.getByLabel('Password').fill(DEVELOPER_PASSWORD);
      await press('Log in');
      await hears('it is not sent yet');
      await shot('7-kept');
      expect(await page.getByLabel('Redirect addresses').inputValue()).toContain(
        'https://diary.example/other',
      );
      await press('Save');
      await hears('The change is saved');
      await press('Make another secret');
      await hears('The secret of your app');
      await page.getByRole('link', { name: 'Your apps' }).click();
      await shot('8-apps');
      await page.getByRole('link', { name: 'Calls' }).click();
      await page.locator('li code', { hasText: /^diagnostics$/ }).waitFor();
      const more = page.getByRole('link', { name: 'More' });
      expect(await more.getAttribute('href')).toBe('/errors#scope-insufficient');
      await page.getByLabel('Request id').fill(CALL.requestId);
      await press('Look it up');
      await page.getByRole('heading', { name: 'With this request id' }).waitFor();
      await shot('9-calls');
      await page.getByRole('link', { name: 'Your apps' }).click();
      await page.getByRole('link', { name: 'Look after it – Health Diary', exact: true }).click();
      await page.getByLabel('Delete the app').check();
      await press('Delete');
      await hears('The app is deleted');
      await page.getByText('You have no app yet').waitFor();
      await press('Log out');
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      await context.close();
    },
    LIMIT_MS,
  );
});
