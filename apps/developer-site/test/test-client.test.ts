import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { API_URL, startSite } from './world.ts';

const TRY_URL = 'https://try.northwind-health.example';
const PLANS = [{ id: 'lakeside', name: 'Lakeside Health Plan', client_id: 'c-1', login: 'olga.ordinary' }];
const SAMPLE_APP = resolve(import.meta.dirname, '../../sample-app');
const MAX_LINES = 500;
const MAX_COLUMNS = 120;

describe('the test client', () => {
  let site: Awaited<ReturnType<typeof startSite>>;
  beforeAll(async () => {
    site = await startSite({ TEST_CLIENT_URL: TRY_URL, TEST_CLIENT_PLANS: JSON.stringify(PLANS) });
  });
  afterAll(() => site?.stop());

  it('is the sample app with the plans of this installation', async () => {
    const page = await ask(site.testClientUrl, '/?iss=x&launch=y');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Health Record Viewer')]);
    const [script = ''] = /\/assets\/[^"]*\.js/.exec(page.text) ?? [];
    expect((await ask(site.testClientUrl, script)).headers['cache-control']).toContain('immutable');
    expect(JSON.parse((await ask(site.testClientUrl, '/plans.json')).text)).toEqual([
      {
        name: 'Lakeside Health Plan',
        fhirBase: `${API_URL}/payer/patient-access/v2/lakeside`,
        clientId: 'c-1',
        login: 'olga.ordinary',
      },
    ]);
  });

  it('keeps a connection that nobody uses as long as the other ports do', async () => {
    const answers = [await fetch(site.testClientUrl), await fetch(site.url)];
    expect(answers.map(({ headers }) => headers.get('keep-alive'))).toEqual(['timeout=620', 'timeout=620']);
  });

  it('has no script or style inside a page, and talks with the API alone', async () => {
    const { headers, text } = await ask(site.testClientUrl, '/');
    const policy = String(headers['content-security-policy']);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain(`connect-src 'self' ${API_URL};`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(text).not.toMatch(/<style|<script(?![^>]*src=)|\sstyle=|\son\w+=/);
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('is another site than the pages, whatever Host says', async () => {
    expect((await ask(site.url, '/plans.json')).status).toBe(404);
    for (const path of ['/start', '/account', '/account/', '//account', '/%61ccount', '/health/ready'])
      expect([path, (await ask(site.testClientUrl, path)).status]).toEqual([path, 404]);
    expect((await ask(site.testClientUrl, '/account', { method: 'POST' })).status).toBe(404);
    const pages = await ask(site.url, '/', { headers: { host: new URL(TRY_URL).host } });
    expect(pages.text).not.toContain('Health Record Viewer');
    expect((await ask(site.url, '/try')).text).toContain(`href="${TRY_URL}"`);
  });

  it('is where it is set up alone', async () => {
    const other = await startSite();
    expect((await ask(other.url, '/try')).text).toContain('href="/try#where-there-is-no-test-client"');
    await other.stop();
  });

  it.each([
    ['a plan that is no preview plan', JSON.stringify([{ ...PLANS[0], id: 'strict' }])],
    ['no JSON', 'lakeside'],
    ['a plan without a client', '[{"id":"lakeside","name":"L"}]'],
  ])('does not start with %s', async (_, plans) => {
    const started = startSite({ TEST_CLIENT_URL: TRY_URL, TEST_CLIENT_PLANS: plans });
    await expect(started).rejects.toThrow(/TEST_CLIENT_PLANS/);
  });
});

it(`the sample app has under ${MAX_LINES} lines of ordinary width`, () => {
  const files = globSync('src/*.{ts,tsx}', { cwd: SAMPLE_APP });
  const lines = files.flatMap((file) =>
    readFileSync(resolve(SAMPLE_APP, file), 'utf8').trimEnd().split('\n'),
  );
  expect(files.length).toBeGreaterThan(5);
  expect(lines.filter((line) => line !== '').length).toBeLessThan(MAX_LINES);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(MAX_COLUMNS);
});

it.each([
  ['the member shares no name', 'patient/Coverage.rs', 'The member did not share this.'],
  ['it cannot be read', 'patient/Patient.rs patient/Coverage.rs', 'This could not be read: 503'],
])('the sample app shows the rest of a record where %s', async (_, scope, said) => {
  const { readRecord } = (await import(resolve(SAMPLE_APP, 'src/record.ts'))) as {
    readRecord: (client: object) => Promise<{ patient: unknown; coverage: unknown }>;
  };
  const asked: string[] = [];
  const request = (path: string) => {
    asked.push(path);
    const coverage = { resource: { resourceType: 'Coverage', status: 'cancelled' } };
    return path.startsWith('Patient/')
      ? Promise.reject(new Error('503'))
      : Promise.resolve({ entry: [coverage] });
  };
  const record = await readRecord({ patient: { id: 'cora' }, getState: () => scope, request });
  expect(record).toMatchObject({ patient: said, coverage: [{ status: 'cancelled' }] });
  expect(asked.includes('Patient/cora')).toBe(scope.includes('Patient'));
});

it.each([
  ['http://www.ama-assn.org/go/cpt', '99213', '99213 (CPT procedure)'],
  ['http://www.ada.org/cdt', 'D0120', 'D0120 (CDT dental procedure)'],
  ['https://x12.org/codes/remittance-advice-remark-codes', 'N130', 'N130 (X12 reason)'],
  ['https://www.nubc.org/CodeSystem/RevenueCodes', '0450', '0450 (NUBC hospital billing)'],
  ['http://nucc.org/provider-taxonomy', '207Q00000X', '207Q00000X (NUCC specialty)'],
  ['http://terminology.hl7.org/CodeSystem/NCPDPRejectCode', '70', '70 (NCPDP pharmacy)'],
  ['https://plan.example/own', '7', '7'],
])('the sample app says of which kind a code of %s is that has no words', async (system, code, expected) => {
  const { words } = (await import(resolve(SAMPLE_APP, 'src/record.ts'))) as {
    words: (concept: object) => string;
  };
  expect(words({ coding: [{ system, code }] })).toBe(expected);
});

const daysAway = (days: number) => new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv');
const [yesterday, today, tomorrow] = [daysAway(-1), daysAway(0), daysAway(1)];
const [year, month] = [today.slice(0, 4), today.slice(0, 7)];

it.each<[period: object | undefined, says: string]>([
  [{ start: today, end: today }, `In force: from ${today} until ${today}`],
  [{ start: `${today}T00:00:00Z`, end: `${today}T23:59:59Z` }, `In force: from ${today} until ${today}`],
  [{ start: month, end: year }, `In force: from ${month} until ${year}`],
  [{ start: `${tomorrow}T00:00:00Z` }, `Not yet in force: from ${tomorrow}`],
  [{ end: `${yesterday}T23:59:59Z` }, `Ended: until ${yesterday}`],
  [undefined, 'In force'],
])('the sample app says of a coverage of %j when it is in force', async (period, says) => {
  const { when } = (await import(resolve(SAMPLE_APP, 'src/record.ts'))) as {
    when: (coverage: object) => string;
  };
  expect(when({ status: 'active', ...(period && { period }) })).toBe(says);
});
