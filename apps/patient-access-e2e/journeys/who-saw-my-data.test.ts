/** A member looks up who saw her data. Tests the page, and that it shows the right person's trail. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FhirClient, launch } from '@patient-access/first-call';
import { previewMembers } from '@patient-access/population';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { auditEvents, connect, EVERYTHING, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const parent = previewMembers(northwind.id).find(({ login }) => login.endsWith('.parent'));
if (!parent) throw new Error('no parent in the preview');
const PAGE = `${northwind.issuer.replace('/oauth2/v1', '')}/access`;
const SIZES = [
  ['desktop', { width: 1280, height: 900 }],
  ['phone', { width: 360, height: 740 }],
] as const;
/** Screenshots for a person to look at: set SCREENSHOT_DIR to keep them. */
const directory = process.env['SCREENSHOT_DIR'];
const FEW = 'launch/patient offline_access patient/ExplanationOfBenefit.rs patient/AuditEvent.rs';

const requestIdOf = ({ headers }: Response) => headers.get('x-request-id') ?? '';

(canRunChromium() ? describe : describe.skip)('who saw my data', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(
    { login, password }: { login: string; password: string },
    viewport: { width: number; height: number } = SIZES[0][1],
  ): Promise<Page> {
    const page = await (await browser.newContext({ viewport, javaScriptEnabled: false })).newPage();
    await page.goto(PAGE);
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  const words = (page: Page) => page.locator('main').innerText();

  async function reloadUntil(page: Page, text: string): Promise<void> {
    for (const until = Date.now() + 20_000; !(await words(page)).includes(text); await page.reload())
      expect(Date.now()).toBeLessThan(until);
  }

  async function keep(page: Page, name: string): Promise<void> {
    const overflow = await page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
    expect(overflow).toBe(0);
    if (!directory) return;
    mkdirSync(directory, { recursive: true });
    await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
  }

  test('shows in words and as a chart what an app read and what was refused, by app and day', async () => {
    const { client } = await connect(northwind, 'ordinary', FEW);
    const answers = [
      await client.get('ExplanationOfBenefit?_count=2'),
      await client.get('Coverage'),
      await client.get('ExplanationOfBenefit/none-of-hers'),
    ];
    await auditEvents(client, answers.map(requestIdOf));
    for (const [name, size] of SIZES) {
      const page = await open(memberOf(northwind, 'ordinary'), size);
      // Another service delivers the consent, maybe later.
      await reloadUntil(page, 'was connected');
      const said = await words(page);
      expect(said).toMatch(/read 2 claims/);
      expect(said).toContain('was refused once: it asked for more than it may see');
      expect(said).toContain('was refused once: it asked for something that is not there for it');
      expect(said).toMatch(/As of .*\d:\d\d [AP]M E[DS]T\. A new entry shows up here within a minute/);
      expect(await page.getByRole('img').count()).toBe(1);
      expect(await page.locator('svg .given').count()).toBeGreaterThan(0);
      await keep(page, `${name}-access`);
    }
  });

  test('is recorded as a reading, and shows this reading the next time', async () => {
    const page = await open(memberOf(northwind, 'many'));
    // No app sees these readings, so the page itself is asked until one that found the one before is stored.
    await reloadUntil(
      page,
      'on its pages for members such as this one (on 1 day) read the list of who saw your data',
    );
  });

  test('names the login for which an app acted, and shows each person’s trail separately', async () => {
    const { login, password, patients } = parent;
    const child = patients.find(({ relationship }) => relationship === 'child');
    const own = patients.find(({ relationship }) => relationship === 'self');
    if (!child || !own) throw new Error('no child');
    const session = await launch({ ...northwind, login, password, scope: EVERYTHING, patientId: child.id });
    const client = new FhirClient(northwind.fhirBase, session.accessToken);
    await auditEvents(client, [requestIdOf(await client.get('Immunization?_count=1'))]);
    const page = await open(parent);
    expect(await words(page)).not.toMatch(/vaccine/i);
    await page.getByRole('link', { name: child.name }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(
      `Who saw the data of ${child.name}`,
    );
    expect(await words(page)).toMatch(/read 1 vaccine/);
    await keep(page, 'desktop-access-child');
    // With the id of another member in the address, the page shows the reader's own trail.
    await page.goto(`${PAGE}?person=${memberOf(northwind, 'ordinary').patientId}`);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Who saw my data');
    await page.goto(`${PAGE}?lang=es&month=2026-01`);
    expect(await words(page)).toMatch(/Lista del .*\d:\d\d[^]*No hay ninguna anotación de enero de 2026\./);
    await keep(page, 'desktop-access-spanish-empty');
  });
});
