/** An application at a desk and on a phone: the pages of the developer, and what members read. None needs a script. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { canRunChromium, launchChromium, tries } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { getTokens, type RegisteredApp, startAuthorization } from '../app.ts';
import { png } from '../logos/pictures.ts';
import { checkPage } from '../browsers/check-page.ts';
import { DeveloperAtBrowser, type DeveloperWorld, DEVELOPER_PASSWORD } from '../developers/developer.ts';
import { PASSWORD, tenantOf } from '../world.ts';
import { DIARY, applyAs, approve, asStaff, startApplicationWorld } from './world.ts';

const LIMIT_MS = 240_000;
const LONG = 'It shows your bills next to your notes, and reminds you of what is due. '.repeat(4).trim();

/** The short form has the first of each: the developer is at a desk, and the member at a phone. */
const DEVELOPERS = [1280, 360];
const MEMBERS: [width: number, locale: string, title: string][] = [
  [360, 'es-US', 'Lo que dice quien hizo la aplicación'],
  [1280, 'en-US', 'What the app’s maker says'],
];

(canRunChromium() ? describe : describe.skip)('an application in Chromium', () => {
  let there: DeveloperWorld;
  let browser: Browser;
  let app: RegisteredApp;
  let asked: string;
  beforeAll(async () => {
    [there, browser] = await Promise.all([startApplicationWorld(), launchChromium()]);
    const dana = new DeveloperAtBrowser(there, 'dana@apps.example');
    await dana.join();
    const own = { answer_purpose: LONG };
    const id = await applyAs(dana, own);
    const form = await dana.open(`/applications/${id}`);
    await dana.sendFile(form, 'submit', png({ width: 200, height: 80 }), { ...DIARY, ...own });
    app = await approve(there, id, true);
    await getTokens(there.world, app);
    asked = await applyAs(dana, { client_name: 'Second Diary' });
    await asStaff(there, `/${asked}/ask-back`, { words: 'Which data center do you use?' });
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await there?.stop();
  });

  const openPage = async (width: number, locale = 'en-US') =>
    (await browser.newContext({ viewport: { width, height: 800 }, locale })).newPage();

  /** The picture has arrived, and the policy of the page let the browser show it. */
  const seeLogo = (page: Page) => page.evaluate("document.querySelector('img.logo').decode()");

  it.each(DEVELOPERS.slice(0, tries(1, 2)))(
    'is filled in, sent and followed by its developer (%i px)',
    async (width) => {
      const page = await openPage(width);
      const account = `${there.world.url}/account/northwind`;
      await page.goto(`${account}/login`);
      await page.locator('#email').fill('dana@apps.example');
      await page.locator('#password').fill(DEVELOPER_PASSWORD);
      await page.locator('button[value=login]').click();
      await page.getByRole('link', { name: 'Apply for an app' }).waitFor();
      await checkPage(page, `${width}-list`);
      await page.goto(`${account}/apply`);
      for (const [name, value] of Object.entries({ ...DIARY, client_name: `Diary ${width}` })) {
        const field = page.locator(`[name=${name}]`);
        if ((await field.count()) > 1) await page.locator(`[name=${name}][value=${value}]`).check();
        else await field.fill(value);
      }
      const file = { name: 'logo.png', mimeType: 'image/png', buffer: png({ shade: 200 }) };
      await page.locator('#logo').setInputFiles(file);
      await checkPage(page, `${width}-form`);
      await page.locator('button[value=submit]').click();
      await page.getByText('The application is with the plan.').waitFor();
      await seeLogo(page);
      await checkPage(page, `${width}-sent`);
      await page.goto(`${account}/applications/${asked}`);
      await page.getByText('Which data center do you use?').waitFor();
      await checkPage(page, `${width}-asked`);
      await page.goto(`${account}/apps/${app.client_id}`);
      await checkPage(page, `${width}-approved`);
    },
    LIMIT_MS,
  );

  it.each(MEMBERS.slice(0, tries(1, 2)))(
    'is read by members on the consent page and beside the app (%i px, %s)',
    async (width, locale, title) => {
      const page = await openPage(width, locale);
      await page.goto(startAuthorization(there.world, app).url);
      await page.locator('#login').fill('maria.many');
      await page.locator('#password').fill(PASSWORD);
      await page.locator('button[value=login]').click();
      await page.getByRole('heading', { name: title }).waitFor();
      await seeLogo(page);
      await checkPage(page, `${width}-consent`);
      await page.goto(tenantOf(there.world).appsPage);
      await page.locator('#login, details.said').first().waitFor();
      if ((await page.locator('#login').count()) > 0) {
        await page.locator('#login').fill('maria.many');
        await page.locator('#password').fill(PASSWORD);
        await page.locator('button[value=login]').click();
      }
      await page.locator('details.said summary').click();
      await page.getByText(LONG).waitFor();
      await seeLogo(page);
      await checkPage(page, `${width}-apps`);
    },
    LIMIT_MS,
  );
});
