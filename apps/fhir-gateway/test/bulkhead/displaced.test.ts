/** Requests that have waited for their turn when those of another grant need their places (ADR 47). */
import { expect, it } from '@jest/globals';
import type { AuthenticatedRequest } from '../../src/identity/introspected-token.ts';
import { Bulkhead } from '../../src/proxy/bulkhead.ts';

const PLACES = 4;
/** for each place */
const WAITING = 8;
/** After so long the last requests of one grant leave for those of another. */
const DISPLACED_MS = 800;
const NEWCOMERS = 12;

const bulkhead = new Bulkhead({ owner: PLACES, tenant: PLACES, grant: PLACES });
const by = (grant_id: string) =>
  ({ user: { claims: { tenant: 'northwind', grant_id } } }) as unknown as AuthenticatedRequest;

/** @returns after how long each was refused; undefined: it had its turn */
const timesOf = (count: number, grant: string, work: () => Promise<void>) =>
  Array.from({ length: count }, async () => {
    const began = performance.now();
    try {
      await bulkhead.run('claims-service', by(grant), work);
      return undefined;
    } catch {
      return performance.now() - began;
    }
  });

it('are refused one to two seconds after they came, as others are', async () => {
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const first = timesOf(PLACES * (1 + WAITING), 'first', () => done);
  await new Promise((go) => setTimeout(go, DISPLACED_MS));
  const newcomers = timesOf(NEWCOMERS, 'second', () => done);
  finish();
  expect(await Promise.all(newcomers)).toEqual(Array(NEWCOMERS).fill(undefined));
  const refused = (await Promise.all(first)).filter((ms) => ms !== undefined);
  expect(refused).toHaveLength(NEWCOMERS);
  expect(Math.min(...refused)).toBeGreaterThan(950);
  // If the time that they had waited did not count, this would be 2.3 s.
  expect(refused.reduce((sum, ms) => sum + ms, 0) / NEWCOMERS).toBeLessThan(1_900);
});
