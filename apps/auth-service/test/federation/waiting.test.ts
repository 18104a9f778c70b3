/** Logins at the plan's identity provider that have to wait for somebody else in the database. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wordsOf } from '../apps/member.ts';
import { Browser } from '../browser.ts';
import { takeAllEvents } from '../events.ts';
import {
  type FederatedWorld,
  identityProviderLink,
  leaveAndLogIn,
  locationOf,
  startFederatedWorld,
} from './world.ts';

describe('a database in which somebody else is at work', () => {
  let all: FederatedWorld;
  beforeAll(async () => {
    all = await startFederatedWorld();
  }, 60_000);
  afterAll(() => all?.stop());

  it('has a login that waited too long begin again, and nobody says that its answer was not believed', async () => {
    const { world, idp } = all;
    const { browser, callback } = await leaveAndLogIn(all, 'u-frida');
    await world.flush();
    await takeAllEvents(world);
    const holder = await world.db.connect();
    await holder.query('BEGIN; LOCK TABLE account_member IN SHARE MODE');
    const page = await browser.open(callback);
    await holder.query('COMMIT');
    holder.release();
    expect(wordsOf(page)).toContain('Your login could not be finished just now.');
    await world.flush();
    const events = await takeAllEvents(world);
    expect(events.flatMap(({ kind, reason }) => (kind === 'login' ? [reason] : []))).toEqual(['not-now']);
    const away = locationOf(await browser.open(identityProviderLink(page)));
    const back = locationOf(await new Browser(idp.issuer).open(away));
    expect(wordsOf(await browser.open(back))).toContain('Frida Lund');
  });
});
