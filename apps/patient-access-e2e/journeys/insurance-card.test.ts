/** A member looks at her insurance card and shares it. Tests both over the whole system, and what the trail says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, keepScreenshot, launchChromium, pageProblems } from '@patient-access/testing';
import { compactDecrypt } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { readPreview } from '@patient-access/preview';
import { connect, directory, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const { testClientUrl } = readPreview(directory);
const PAGES = northwind.issuer.replace('/oauth2/v1', '');
const CARD = `${PAGES}/card`;

interface Coverage {
  identifier: { value: string }[];
  class: { type: { coding: { code: string }[] }; name?: string }[];
}

(canRunChromium() ? describe : describe.skip)('the insurance card', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(persona: string): Promise<Page> {
    const { login, password } = memberOf(northwind, persona);
    const page = await (await browser.newContext()).newPage();
    await page.goto(CARD);
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  test('shows what an app reads, and leaves a reading that the member sees', async () => {
    const page = await open('new');
    const { client } = await connect(northwind, 'new');
    const bundle = await client.search('Coverage?status=active');
    const coverages = bundle as unknown as Coverage[];
    expect(coverages.length).toBeGreaterThan(1);
    const words = await page.locator('main').innerText();
    for (const { identifier, class: classes } of coverages) {
      expect(words).toContain(identifier[0]?.value);
      const plan = classes.find(({ type }) => type.coding.some(({ code }) => code === 'plan'));
      expect(await page.getByRole('article', { name: plan?.name ?? 'no plan' }).count()).toBe(1);
    }
    expect(words).toMatch(/Primary care visit\s+\$\d+/);
    expect(words).toMatch(/Providers\s+\(800\) 555-0101/);
    await page.goto(`${PAGES}/access`);
    const seen = () => page.locator('main').innerText();
    const read = /its pages for members[^]*your coverage/i;
    for (const until = Date.now() + 20_000; !read.test(await seen()); await page.reload())
      expect([Date.now() < until, await seen()]).toEqual([true, expect.any(String)]);
  });

  test('is drawn for whoever scans its code, in a browser that knows nobody, with the passcode alone', async () => {
    const page = await open('new');
    await page.getByText('Share this card with a QR code').first().click();
    await page.getByLabel('Passcode, if you want one').first().fill('open sesame');
    await page.getByRole('button', { name: 'Make the code' }).first().click();
    await page.getByText('The camera of any phone opens it in the browser.').waitFor();
    const link = (await page.getByRole('link', { name: /shlink:/ }).getAttribute('href')) ?? '';
    expect(link.startsWith(`${testClientUrl}/card#shlink:/`)).toBe(true);
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const complaints: string[] = [];
    context.on('weberror', (error) => complaints.push(error.error().message));
    const viewer = await context.newPage();
    await viewer.goto(link);
    const show = async (passcode: string) => {
      await viewer.getByLabel('Your name, or the name of your office').fill('Harbor Clinic');
      await viewer.getByLabel('Passcode').fill(passcode);
      await viewer.getByRole('button', { name: 'Show the card' }).click();
    };
    await show('open barley');
    await viewer.getByText('The passcode is wrong. You can try 9 more times.').waitFor();
    await show('open sesame');
    await viewer.getByText('The health plan had this card in force').waitFor();
    await keepScreenshot(viewer, 'card-viewer-opened');
    expect(await pageProblems(viewer)).toEqual([]);
    const { client } = await connect(northwind, 'new');
    const bundle = await client.search('Coverage?status=active');
    const numbers = (bundle as unknown as Coverage[]).map(
      ({ identifier }) => identifier[0]?.value ?? 'no number',
    );
    const words = await viewer.locator('main').innerText();
    expect(numbers.filter((number) => words.includes(number))).not.toEqual([]);
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('link', { name: 'Back to the card' }).click();
    await page.getByRole('button', { name: 'End this code' }).click();
    await page.getByText('The code does not work any more.').waitFor();
    await viewer.goto('about:blank');
    await viewer.goto(link);
    await show('open sesame');
    await viewer.getByText('This code does not open the card any more').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  }, 90_000);

  test('is opened by whoever has its code, until the member ends it, and she sees who did', async () => {
    const page = await open('new');
    await page.getByText('Share this card with a QR code').first().click();
    await page.getByRole('button', { name: 'Make the code' }).first().click();
    const link = await page.getByRole('link', { name: /shlink:/ }).innerText();
    const [, payload = ''] = link.split('#shlink:/');
    const shlink = Buffer.from(payload, 'base64url').toString();
    const { url, key } = JSON.parse(shlink) as { url: string; key: string };
    const openLink = () =>
      fetch(`${url}?recipient=Front%20desk`, { headers: { origin: 'https://viewer.example' } });
    const opened = await openLink();
    expect([opened.status, opened.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const { plaintext } = await compactDecrypt(await opened.text(), Buffer.from(key, 'base64url'));
    const bundle = JSON.parse(Buffer.from(plaintext).toString()) as { entry: { resource: object }[] };
    expect(bundle.entry.map(({ resource }) => resource)).toMatchObject([
      { resourceType: 'Coverage', status: 'active' },
      { resourceType: 'Patient', id: memberOf(northwind, 'new').patientId },
      { resourceType: 'Organization' },
    ]);
    await page.getByRole('link', { name: 'Back to the card' }).click();
    await page.getByRole('button', { name: 'End this code' }).click();
    expect(await page.getByRole('status').innerText()).toBe('The code does not work any more.');
    const never = await fetch(`${url.slice(0, -43)}${'x'.repeat(43)}?recipient=Front%20desk`);
    expect([(await openLink()).status, never.status]).toEqual([404, 404]);
    await page.goto(`${PAGES}/access`);
    const seen = () => page.locator('main').innerText();
    const both =
      /says to be “Front desk”[^]*read[^]*your coverage[^]*the code of the card does not work any more/;
    for (const until = Date.now() + 30_000; !both.test(await seen()); await page.reload())
      expect([Date.now() < until, await seen()]).toEqual([true, expect.any(String)]);
  }, 90_000);
});
