/** An auditor reads the plan's trail in the browser, and the trail records what she does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { auditEvents, connect, memberOf, world } from '../installation/world.ts';

const { northwind, lakeside } = world();
const TRAIL_MS = 20_000;

(canRunChromium() ? describe : describe.skip)('the audit console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function logIn(url: string, { login, password }: { login: string; password: string }): Promise<Page> {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(url);
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  test('shows an auditor what an app read, exports it, and records the auditor’s reading', async () => {
    const { patientId } = memberOf(northwind, 'ordinary');
    const { client } = await connect(northwind, 'ordinary');
    const read = await client.get('Coverage?_count=1');
    await auditEvents(client, [read.headers.get('x-request-id') ?? '']);
    const page = await logIn(northwind.auditConsole, northwind.auditor);
    expect([page.url(), await page.getByRole('heading', { level: 1 }).innerText()]).toEqual([
      northwind.auditConsole,
      'Overview',
    ]);
    await page.getByRole('link', { name: 'All access to a member' }).click();
    await page.getByLabel('Patient id').fill(patientId);
    await page.keyboard.press('Enter');
    await page.getByText('GET Coverage?_count=1').first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Accounting of disclosures of six years, PDF' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('northwind-disclosures.pdf');
    // The auditor's own reading appears a moment later.
    for (const until = Date.now() + TRAIL_MS; ; await page.reload()) {
      await page.goto(`${northwind.auditConsole}app?app=audit-console`);
      if ((await page.locator('main').innerText()).includes('GET console/disclosures.pdf')) break;
      expect(Date.now()).toBeLessThan(until);
    }
    expect(await page.getByRole('cell', { name: northwind.auditor.login }).count()).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'To log out' }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.goto(northwind.auditConsole);
    expect(await page.getByLabel('Password').isVisible()).toBe(true);
  });

  test('opens neither for a member nor for an auditor of another plan', async () => {
    const member = await logIn(northwind.auditConsole, memberOf(northwind, 'ordinary'));
    expect(await member.locator('main').innerText()).toContain('This login is not an auditor’s.');
    const auditor = await logIn(lakeside.auditConsole, lakeside.auditor);
    await auditor.goto(northwind.auditConsole);
    expect(await auditor.getByLabel('Password').isVisible()).toBe(true);
  });
});
