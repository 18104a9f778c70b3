/** A member who has left the plan: what her app still reads and until when, how it ends, and that she finds her account again. */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { FhirClient } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { runToEnd } from '../installation/installation.ts';
import { logInAt } from '../installation/member-agent.ts';
import { adminSettings, connect, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const member = memberOf(northwind, 'left');
const { login, patientId } = member;
const YEAR_OF_LEAVING = new Date().getUTCFullYear() - 1;
const LEFT = `${YEAR_OF_LEAVING}-12-31`;
/** The years of the preview's plans. */
const UNTIL = `December 31, ${YEAR_OF_LEAVING + 5}`;
/** Longer ago than a plan's years can be. */
const LONG_AGO = '1970-12-31';

/** The plan's word about the last day of the coverage; without a day she is covered. */
async function planSays(coverageEnd?: string): Promise<void> {
  const command = ['relation', 'set', '--tenant', northwind.id, '--login', login];
  const whom = ['--member', `${patientId}:self:Leo Ferrara`];
  const day = coverageEnd === undefined ? [] : ['--coverage-end', coverageEnd];
  const args = [...command, ...whom, ...day];
  const { code, said } = await runToEnd('apps/auth-service/dist/admin.js', args, adminSettings());
  expect([code, said]).toEqual([0, expect.any(String)]);
}

/** The words of the page of connected apps, or of the page to which a login leads instead. */
const pageAfterLogin = async () => (await logInAt(member, northwind.appsPage)).words;

interface Dated {
  status: string;
  period: { end?: string };
  billablePeriod: { start: string };
}
const all = async (client: FhirClient, type: string) =>
  (await client.search(`${type}?_count=100`)) as unknown as Dated[];

describe('a member who has left the plan', () => {
  afterAll(() => planSays(LEFT));

  test('connects an app that reads the record up to that day, and is told until when', async () => {
    const { client } = await connect(northwind, 'left');
    const coverages = await all(client, 'Coverage');
    expect(new Set(coverages.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    const claims = await all(client, 'ExplanationOfBenefit');
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ billablePeriod }) => billablePeriod.start > LEFT)).toEqual([]);
    expect(await pageAfterLogin()).toContain(`you and your apps can see it until ${UNTIL}.`);
  });

  test('when the years are over the app reads nothing at once; who comes back finds the account', async () => {
    const { client } = await connect(northwind, 'left');
    const { status } = await client.get('Patient');
    expect(status).toBe(200);
    await planSays(LONG_AGO);
    await waitUntil(async () => (await client.get('Patient')).status === 401);
    expect(await pageAfterLogin()).toContain('The time in which you can log in and see your data is over.');
    await planSays();
    expect(await pageAfterLogin()).toContain('the time after the end of the coverage is over');
    const again = await connect(northwind, 'left');
    expect((await again.client.search('Patient')).map(({ id }) => id)).toEqual([patientId]);
    expect((await client.get('Patient')).status).toBe(401);
  });
});
