/** A member posts the form for a link with a passcode again and again, in parallel. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApps, wordsOf } from '../apps/member.ts';
import { fillNewPasswords } from '../passwords.ts';
import { LinkMaker } from './member.ts';
import { type CardWorld, startCardWorld } from './world.ts';

const MOST_LINKS = 50;

describe('passcodes that are hashed without end', () => {
  let cards: CardWorld;
  beforeAll(async () => {
    cards = await startCardWorld();
  }, 60_000);
  afterAll(() => cards?.stop());

  it('keep nobody from logging in', async () => {
    const leave = fillNewPasswords();
    const { page } = await openApps(cards.world, 'paul.parent');
    await leave();
    expect([page.status, page.url, wordsOf(page)]).toEqual([
      200,
      expect.stringMatching(/\/auth\/northwind\/apps$/),
      expect.stringContaining('Connected apps'),
    ]);
  }, 30_000);

  it('are not hashed for a login that has all the links that it may have', async () => {
    const maria = await LinkMaker.logIn(cards.world);
    await maria.make();
    await cards.world.db.query(
      `INSERT INTO card_link (tenant, address_digest, sub, member, coverage, basis, payload, max_uses, until, expires_at)
       SELECT tenant, 'digest ' || n, sub, member, coverage, basis, payload, max_uses, until, expires_at
         FROM card_link, generate_series(2, $1) AS s (n)`,
      [MOST_LINKS],
    );
    const leave = fillNewPasswords();
    const page = await maria.post({ passcode: 'open sesame' });
    await leave();
    // Had it been hashed, the page would say that the service is busy.
    expect(wordsOf(page)).toContain('you have too many that still work');
  }, 30_000);
});
