/** From the address of the API to a member's record, in a browser, as an app developer would. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readPreview } from '@patient-access/preview';
import { canRunChromium, keepScreenshot, launchChromium, pageProblems } from '@patient-access/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, directory, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const { publicUrl, developersUrl, testClientUrl } = readPreview(directory);
const { login, password, patientId } = memberOf(northwind, 'ordinary');
const PORTAL = ['portal', 'create', '--tenant', northwind.id, '--name', 'Member Portal'];

(canRunChromium() ? describe : describe.skip)('the test client in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchChromium()));
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(() => browser?.close());

  async function looksGood(page: Page, name: string): Promise<void> {
    expect([name, await pageProblems(page)]).toEqual([name, []]);
    await keepScreenshot(page, `test-client-${name}`);
  }

  /** What the browser complains about, such as something that Content-Security-Policy refuses. */
  function complaintsOf(context: BrowserContext): string[] {
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
    return complaints;
  }

  async function agree(page: Page): Promise<void> {
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('button', { name: 'Agree and share' }).click();
  }

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('from / to a record, by links and buttons alone: %s, %i pixels', async (colorScheme, width) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const complaints = complaintsOf(context);
    const site = await context.newPage();
    await site.goto(`${publicUrl}/`);
    expect(new URL(site.url()).origin).toBe(developersUrl);
    await site.getByRole('main').getByRole('link', { name: 'Try it in the browser' }).first().click();
    const opened = context.waitForEvent('page');
    await site.getByRole('link', { name: 'Open the test client' }).click();
    const page = await opened;
    await page.getByText(login).waitFor();
    await looksGood(page, `choose-${width}`);
    await page.getByRole('button', { name: 'Connect to Northwind Health' }).click();
    await agree(page);
    const claims = page.getByRole('region', { name: 'Claims' });
    await claims
      .getByText(/You owe (nothing|\$)/)
      .first()
      .waitFor();
    for (const kind of ['Coverage', 'Limits', 'Conditions', 'Medications', 'Results'])
      expect(await page.getByRole('region', { name: kind }).locator('tbody tr').count()).toBeGreaterThan(0);
    const requests = page.getByRole('region', { name: 'Requests' });
    await requests.locator('summary').filter({ hasText: '/ExplanationOfBenefit' }).click();
    const command = await page
      .getByRole('region', { name: /^Request to .*ExplanationOfBenefit/ })
      .innerText();
    expect(command).toContain('Authorization: Bearer $TOKEN');
    const token = await page.evaluate<string>(
      `JSON.parse(sessionStorage[JSON.parse(sessionStorage.SMART_KEY)]).tokenResponse.access_token`,
    );
    expect(await page.locator('body').textContent()).not.toContain(token);
    await page.getByRole('button', { name: 'Show the token' }).click();
    await page.getByText(`TOKEN=${token}`).waitFor();
    await looksGood(page, `record-${width}`);
    await page.reload();
    await claims.waitFor();
    // The member’s agreement goes on, and the page does not say that it has ended.
    await page.getByText('The access goes on at your plan for ten minutes').waitFor();
    expect(await page.getByRole('button', { name: 'Disconnect' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Forget this record' }).click();
    await page.getByText(login).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('is launched by the plan’s portal, and by no plan that it does not know', async () => {
    const { said } = await runToEnd('apps/auth-service/dist/admin.js', PORTAL, adminSettings());
    const { client_id, client_secret } = JSON.parse(said) as Record<string, string>;
    const opened = await fetch(`${northwind.issuer}/launch`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ patient: patientId, app_client_id: 'test-client' }),
    });
    const { launch_url: launchUrl = '' } = (await opened.json()) as { launch_url?: string };
    expect(new URL(launchUrl).origin).toBe(testClientUrl);
    const page = await (await browser.newContext()).newPage();
    await page.goto(launchUrl);
    await agree(page);
    await page.getByRole('region', { name: 'Claims' }).waitFor();
    await page.goto(`${testClientUrl}/?iss=https://elsewhere.example/fhir&launch=x`);
    await page.getByText('does not know the plan').waitFor();
    expect(new URL(page.url()).origin).toBe(testClientUrl);
  });

  test('shows what a parent shares of a child, without the name that she left out', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(testClientUrl);
    await page.getByRole('button', { name: 'Connect to Northwind Health' }).click();
    const parent = memberOf(northwind, 'parent');
    await page.getByLabel('User name').fill(parent.login);
    await page.getByLabel('Password').fill(parent.password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page
      .getByRole('radio', { name: /Your child/ })
      .first()
      .check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('checkbox', { name: /^Personal and contact details/ }).click();
    await page.locator('[role=checkbox][aria-checked=false][id=kind-contact]').waitFor();
    await page.getByRole('button', { name: 'Agree and share' }).click();
    await page.getByText('Name: The member did not share this.').waitFor();
    await page.getByRole('region', { name: 'Coverage' }).locator('tbody tr').first().waitFor();
  });

  test('shows that a member said no, and begins again', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(testClientUrl);
    await page.getByRole('button', { name: 'Connect to Northwind Health' }).click();
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.locator('button[value=deny]').click();
    await page.getByText('That did not work').waitFor();
    await page.getByRole('button', { name: 'Begin again' }).click();
    await page.getByText(login).waitFor();
  });

  test('has an origin on which there is no cookie, no login and no page for developers', async () => {
    const origins = new Set([publicUrl, developersUrl, testClientUrl].map((url) => new URL(url).origin));
    expect(origins.size).toBe(3);
    expect(new URL(testClientUrl).hostname).not.toBe(new URL(publicUrl).hostname);
    for (const path of ['/start', '/auth/northwind/apps', '/plans.txt'])
      expect((await fetch(`${testClientUrl}${path}`)).status).toBe(404);
    expect((await fetch(`${developersUrl}/plans.json`)).status).toBe(404);
    const { headers } = await fetch(testClientUrl);
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${publicUrl}; ` +
        `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers.get('set-cookie')).toBeNull();
  });
});
