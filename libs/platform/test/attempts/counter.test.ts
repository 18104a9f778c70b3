/** A flood of requests that differ in everything that a stranger can choose. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { AttemptReport } from '@patient-access/events';
import { waitUntil } from '@patient-access/testing';
import { AttemptCounter } from '../../src/index.ts';
import { rulesOf } from './rules.ts';

const FLOOD = 3_500;
const REASONS = ['token-missing', 'not-found'];
const ROUTES = ['GET /v2/*', 'POST /token', 'GET (no route)'];

const attempt = (at: number) => ({
  tenant: `plan-${at}`,
  requestId: String(at),
  address: `2001:db8::${at.toString(16)}`,
  reason: REASONS[at % REASONS.length] ?? '',
  outcome: '4' as const,
  request: ROUTES[at % ROUTES.length] ?? '',
});

test('a flood makes a limited number of counts, and each request is still counted under its route and reason', async () => {
  const { rules, delivered } = rulesOf({});
  const expected = new Map<string, number>();
  for (let at = 0; at < FLOOD; at += 1) {
    const one = attempt(at);
    const key = `${one.request} ${one.reason}`;
    expected.set(key, (expected.get(key) ?? 0) + 1);
    rules.counter.refuse(one);
  }
  await rules.counter.stop();
  const counted = new Map<string, number>();
  for (const { request, reason, count } of delivered) {
    const key = `${request} ${reason}`;
    counted.set(key, (counted.get(key) ?? 0) + count);
  }
  expect(counted).toEqual(expected);
  expect(delivered.length).toBeLessThanOrEqual(2_000 + REASONS.length * ROUTES.length);
  const together = delivered.filter(({ address }) => address === 'other');
  expect(together.filter(({ tenant }) => tenant === 'no-plan')).toHaveLength(REASONS.length * ROUTES.length);
});

test('a flood of paths that clients make up is limited, too, and each request is counted', async () => {
  const { rules, delivered } = rulesOf({});
  const caller = { client: { id: 'diary' } };
  for (let at = 0; at < 2 * FLOOD; at += 1)
    rules.counter.refuse({ ...attempt(0), caller, request: `GET /v2/plan/Patient/${at}` });
  await rules.counter.stop();
  expect(delivered.reduce((sum, { count }) => sum + count, 0)).toBe(2 * FLOOD);
  expect(delivered.length).toBeLessThanOrEqual(3_100);
});

test('what is known of whom waits in a limited number while nothing can be delivered, and is counted beyond it', async () => {
  let isAway = true;
  const delivered: AttemptReport[] = [];
  const counter = new AttemptCounter(
    async (reports) => {
      await delay(5);
      if (isAway) throw new Error('away');
      delivered.push(...reports);
    },
    600,
    () => undefined,
  );
  const known = { ...attempt(7), caller: { client: { id: 'diary' } } };
  const EACH = 3_000;
  const ROUNDS = 4;
  // Each delivery has begun before the next requests come.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let at = 0; at < EACH; at += 1) counter.interrupt({ ...known, requestId: `${round}-${at}` });
    void counter.flush();
    await delay(1);
  }
  await counter.flush();
  await delay(1_000);
  isAway = false;
  await counter.stop();
  expect(delivered.filter(({ requestId }) => requestId !== undefined)).toHaveLength(5_000);
  expect(delivered.reduce((sum, { count }) => sum + count, 0)).toBe(ROUNDS * EACH);
});

test('a stop waits for what is being delivered, and delivers what comes meanwhile', async () => {
  const taken: string[] = [];
  const delivered: string[] = [];
  const held = Promise.withResolvers<void>();
  const counter = new AttemptCounter(
    async (reports) => {
      const said = reports.map(
        ({ requestId, interrupted }) => `${requestId}${interrupted ? ' broke off' : ''}`,
      );
      taken.push(...said);
      await held.promise;
      delivered.push(...said);
    },
    600,
    () => undefined,
  );
  const known = { ...attempt(7), caller: { client: { id: 'diary' } } };
  counter.refuse(known);
  await waitUntil(() => taken.length > 0);
  let hasStopped = false;
  const stopped = counter.stop().then(() => (hasStopped = true));
  await delay(300);
  expect(hasStopped).toBe(false);
  counter.interrupt(known);
  held.resolve();
  await stopped;
  expect(delivered).toEqual(['7', '7 broke off']);
});
