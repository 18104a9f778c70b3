/** Requests that left no event: which of them have one of their own, and which are counted. */
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { rulesOf } from './rules.ts';

describe('what left no event', () => {
  const caller = { client: { id: 'diary' }, grantId: 'grant-1' };
  const attempt = (change: object = {}) => ({
    tenant: 'northwind',
    requestId: '019abcde-0000-7000-8000-000000000001',
    address: '203.0.113.9',
    reason: 'token-missing',
    outcome: '4' as const,
    request: 'GET /x',
    ...change,
  });

  test('of one caller has thirty events of its own in a minute, and is counted beyond', async () => {
    const { rules, delivered } = rulesOf({});
    for (let at = 0; at < 100; at += 1) rules.counter.refuse(attempt({ caller }));
    await rules.counter.stop();
    const own = delivered.filter(({ requestId }) => requestId !== undefined);
    const counted = delivered.filter(({ requestId }) => requestId === undefined);
    // A minute may end in between.
    expect(own.length).toBeGreaterThanOrEqual(30);
    expect(own.length).toBeLessThanOrEqual(60);
    expect(counted).toHaveLength(1);
    expect(own.length + (counted[0]?.count ?? 0)).toBe(100);
    expect(counted[0]).toMatchObject({ caller });
  });

  test('of a caller that is only claimed, and a failure of ours, are counted', async () => {
    const { rules, delivered } = rulesOf({});
    rules.counter.refuse(attempt({ caller, isClaimed: true }));
    rules.counter.refuse(attempt({ caller, outcome: '12' }));
    await rules.counter.stop();
    expect(delivered.map(({ requestId, count }) => [requestId, count])).toEqual([
      [undefined, 1],
      [undefined, 1],
    ]);
  });

  test('fills neither memory nor disk when it comes from ever new addresses, plans and clients', async () => {
    const { rules, delivered } = rulesOf({});
    const flood = 20_000;
    for (let at = 0; at < flood; at += 1)
      rules.counter.refuse(
        attempt({ address: `198.51.100.${at}`, tenant: `plan-${at}`, caller: { client: { id: `c${at}` } } }),
      );
    await rules.counter.stop();
    expect(delivered.reduce((sum, { count }) => sum + count, 0)).toBe(flood);
    expect(delivered.length).toBeLessThan(3_100);
  });

  test('is kept while it cannot be delivered', async () => {
    const { rules, delivered, failures, goAway } = rulesOf({}, 0.05);
    goAway(true);
    rules.counter.refuse(attempt());
    rules.counter.refuse(attempt({ caller }));
    await waitUntil(() => failures.length >= 3);
    rules.counter.refuse(attempt());
    goAway(false);
    await waitUntil(() => delivered.length >= 2);
    await rules.counter.stop();
    expect(delivered.map(({ count }) => count).sort()).toEqual([1, 2]);
  });
});
