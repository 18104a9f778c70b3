/** How much of a coverage's limits is used, as a member's app shows it: the plan's own figure, a sum of claims, or neither. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FhirClient, launch } from '@patient-access/first-call';
import { population } from '@patient-access/population';
import { readPreview } from '@patient-access/preview';
import {
  canRunChromium,
  keepScreenshot,
  launchChromium,
  pageProblems,
  waitUntil,
} from '@patient-access/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { remove, runToEnd } from '../installation/installation.ts';
import { directory, EVERYTHING, ingestSettings, memberOf, world } from '../installation/world.ts';

const { lakeside } = world();
const { testClientUrl } = readPreview(directory);
const { login, password, patientId } = memberOf(lakeside, 'denied');
/** The preview's dates move with the clock. */
const today = new Date().toISOString().slice(0, 10);
const YEAR = today.slice(0, 4);
const NOT_KNOWN = /^Not known here\. The plan has sent no figure/;
const SUM = new RegExp(
  `^Deductible.*Maximum out of pocket.*Sum of claims as of ${YEAR}.*, not the plan’s own figure\\.$`,
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-balances-'));
});
afterAll(() => remove(folder));

/** Loads the member's dental claims again, in which nothing has changed but their note. @returns the exit code */
async function load(note: string, ...options: string[]): Promise<number | null> {
  const claims = [...population({ tenant: lakeside.id, members: 20, today })].filter(
    (each) =>
      each.resourceType === 'ExplanationOfBenefit' &&
      JSON.stringify(each).includes(`"Patient/${patientId}"`) &&
      JSON.stringify(each['meta']).includes('-Oral'),
  );
  expect(claims.length).toBeGreaterThan(0);
  const file = join(folder, 'claims.ndjson');
  const noted = claims.map((each) => ({ ...each, processNote: [{ number: 1, text: note }] }));
  await writeFile(file, noted.map((each) => JSON.stringify(each)).join('\n'));
  const args = ['--tenant', lakeside.id, '--rejects', join(folder, 'rejects.ndjson'), ...options, file];
  return (await runToEnd('tools/import/main.ts', args, ingestSettings())).code;
}

interface Balance {
  id?: string;
  meta?: { security?: { code: string }[] };
}

describe('the current balance of each coverage at a plan that states its claims as complete', () => {
  let released: FhirClient;
  let withheld: FhirClient;
  beforeAll(async () => {
    expect(await load('complete', '--claims-complete-since', `${YEAR}-01-01`)).toBe(0);
    const request = { ...lakeside, login, password, patientId, scope: EVERYTHING };
    const as = async (releasing: boolean) =>
      new FhirClient(lakeside.fhirBase, (await launch({ ...request, releasing })).accessToken);
    [released, withheld] = await Promise.all([as(true), as(false)]);
  }, 120_000);

  /** @returns by the kind of the coverage's plan: status, and whether it is a sum */
  async function balances(client: FhirClient): Promise<Record<string, [number, boolean?]>> {
    const coverages = (await client.search('Coverage?status=active')) as unknown as {
      id: string;
      class: { type: { coding: { code: string }[] }; name: string }[];
    }[];
    const found = await Promise.all(
      coverages.map(async ({ id, class: classes }) => {
        const name = classes.find(({ type }) => type.coding[0]?.code === 'plan')?.name ?? '';
        const answer = await client.get(`Coverage/${id}/$benefit-balance`);
        const { meta, id: own } = (await answer.json()) as Balance;
        const isSum = meta?.security?.some(({ code }) => code === 'AGGRED') ?? false;
        expect([name, own === undefined || answer.status === 404]).toEqual([
          name,
          isSum || answer.status === 404,
        ]);
        return [name.split(' ')[0] ?? '', answer.status === 200 ? [200, isSum] : [answer.status]] as const;
      }),
    );
    return Object.fromEntries(found) as Record<string, [number, boolean?]>;
  }

  test('is the plan’s own, or a sum where nothing can be withheld from the app', async () => {
    expect(await balances(released)).toEqual({
      HMO: [200, false],
      Dental: [200, true],
      Vision: [200, false],
    });
    expect(await balances(withheld)).toEqual({ HMO: [200, false], Dental: [404], Vision: [200, false] });
  });

  (canRunChromium() ? describe : describe.skip)('in the test client', () => {
    let browser: Browser;
    beforeAll(async () => void (browser = await launchChromium()));
    afterAll(() => browser?.close());

    /** Each box is a button, and the page comes again after a press. */
    async function releaseAll(page: Page): Promise<void> {
      const unticked = page.locator('[id^=sensitive-][role=checkbox][aria-checked=false]');
      for (let left = await unticked.count(); left > 0; left -= 1) {
        await unticked.first().click();
        await waitUntil(async () => (await unticked.count()) === left - 1);
      }
    }

    async function open(width: number, releasing: boolean): Promise<{ page: Page; dental: Locator }> {
      const context = await browser.newContext({ viewport: { width, height: 900 } });
      const page = await context.newPage();
      await page.goto(testClientUrl);
      await page.getByRole('button', { name: 'Connect to Lakeside Health Plan' }).click();
      await page.getByLabel('User name').fill(login);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByRole('button', { name: 'Agree and share' }).waitFor();
      if (releasing) await releaseAll(page);
      await page.getByRole('button', { name: 'Agree and share' }).click();
      const limits = page.getByRole('region', { name: 'Limits' });
      await limits.waitFor();
      return { page, dental: limits.getByRole('row').filter({ hasText: 'Dental Essentials' }) };
    }

    test.each([1280, 390])('a sum is shown as what it is: %i pixels', async (width) => {
      const { page, dental } = await open(width, true);
      expect(await dental.getByRole('cell').nth(1).innerText()).toMatch(SUM);
      const own = page.getByRole('region', { name: 'Limits' }).getByRole('row').filter({ hasText: 'HMO' });
      expect(await own.innerText()).toMatch(/ of \$/);
      expect(await own.innerText()).not.toContain('Sum of claims');
      const coverages = await page.getByRole('region', { name: 'Coverage' }).innerText();
      expect(coverages).toMatch(/In force: from \d{4}-\d\d-\d\d/);
      expect(await pageProblems(page)).toEqual([]);
      await dental.scrollIntoViewIfNeeded();
      await keepScreenshot(page, `test-client-balance-${width}`, false);
    });

    test('and where there is none, the page says so', async () => {
      const { page, dental } = await open(390, false);
      expect(await dental.getByRole('cell').nth(1).innerText()).toMatch(NOT_KNOWN);
      expect(await pageProblems(page)).toEqual([]);
      await dental.scrollIntoViewIfNeeded();
      await keepScreenshot(page, 'test-client-no-balance-390', false);
    });
  });

  // The last one: after it the plan has stated nothing.
  test('is no sum any more after a load without the statement', async () => {
    expect(await load('without')).toBe(0);
    expect(await balances(released)).toEqual({ HMO: [200, false], Dental: [404], Vision: [200, false] });
  });
});
