/** A process that is told to stop while a login at a slow identity provider goes on. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Browser } from '../browser.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { type FederatedWorld, federation, leaveAndLogIn, locationOf, startFederatedWorld } from './world.ts';

const EACH_SLOW_MS = 1_600;

describe('a process that stops', () => {
  let all: FederatedWorld;
  beforeAll(async () => void (all = await startFederatedWorld()), 60_000);
  afterAll(() => all?.stop());

  it('ends after a login that goes on alone, and its event is stored', async () => {
    const browser = new Browser(all.world.url);
    Object.assign(browser.headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' });
    const { callback } = await leaveAndLogIn(all, 'u-frida', {}, browser);
    // What is known of the provider goes with the settings.
    const plan = { ...federation(all.idp), name: 'Member Site' };
    await configure(all.world, { nativeApps: true, passwordLogin: false, federation: plan });
    [all.idp.metadataAfterMs, all.idp.keysAfterMs] = [EACH_SLOW_MS, EACH_SLOW_MS];
    all.idp.tamper = async (tokens) => {
      await delay(EACH_SLOW_MS);
      return tokens;
    };
    const to = new URL(locationOf(await browser.request(callback)), callback).href;
    await takeEvents(all.world);
    const first = await browser.request(to);
    expect(new URL(locationOf(first), to).href).toBe(to);
    expect(await takeEvents(all.world)).toEqual([]);
    await all.world.stopReplicas();
    expect(await takeEvents(all.world)).toContainEqual(
      expect.objectContaining({ kind: 'login', outcome: '0', member: 'frida' }),
    );
  }, 30_000);
});
