/** A plan that is suspended, at every gateway. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { LaunchingMember, register } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { launchAt, readAsMember, statusesOf, type SystemOfReplicas } from './ask.ts';

/** Without a notice a gateway would go on for five seconds. */
const SUSPENDED_MS = 3_000;
/** Reads must not use up the minute of a grant, nor refusals that of an address. */
const SOON_MS = 500;
const AGAIN_MS = 90_000;
const LONG_MS = 240_000;

/** @param system when it runs */
export function testSuspension(system: () => SystemOfReplicas): void {
  test(
    'a suspended plan is refused at every gateway within its time, and is served again',
    async () => {
      const { northwind, gateways, admin } = system();
      const config = await register(northwind.issuer);
      const session = await new LaunchingMember(launchAt(northwind), config).launch();
      const read = () => statusesOf(gateways, () => readAsMember(northwind, session));
      expect(new Set(await read())).toEqual(new Set([200]));
      await admin('tenant', 'suspend', '--id', 'northwind');
      const isRefused = async () => {
        const statuses = await read();
        // A quota that is used up is no suspension.
        expect(statuses).not.toContain(429);
        return !statuses.includes(200) || void (await delay(SOON_MS));
      };
      try {
        await waitUntil(isRefused, { withinMs: SUSPENDED_MS });
        expect(await read()).not.toContain(200);
      } finally {
        await admin('tenant', 'resume', '--id', 'northwind');
      }
      const isServed = async () =>
        (await read()).every((status) => status === 200) || void (await delay(SOON_MS));
      await waitUntil(isServed, { withinMs: AGAIN_MS });
    },
    LONG_MS,
  );
}
