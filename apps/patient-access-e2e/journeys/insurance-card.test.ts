/** A member looks at her insurance card and shares it. Tests both over the whole system, and what the trail says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import { compactDecrypt } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { connect, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
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
    await page.getByLabel('User name or email').fill(login);
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
    const read = /this page[^]*your coverage/i;
    for (const until = Date.now() + 20_000; !read.test(await seen()); await page.reload())
      expect([Date.now() < until, await seen()]).toEqual([true, expect.any(String)]);
  });

  test('is opened by whoever has its code, until the member ends it, and she sees who did', async () => {
    const page = await open('new');
    await page.getByText('Share this card with a QR code').first().click();
    await page.getByRole('button', { name: 'Make the code' }).first().click();
    const link = await page.getByRole('link', { name: /^shlink:/ }).innerText();
    const shlink = Buffer.from(link.slice('shlink:/'.length), 'base64url').toString();
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
