import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { administer } from '../administration.ts';
import { LinkMaker } from './member.ts';
import { type CardWorld, startCardWorld } from './world.ts';

let cards: CardWorld;
beforeAll(async () => {
  cards = await startCardWorld();
}, 60_000);
afterAll(() => cards?.stop());

it('a request under way in a session that ends makes no link', async () => {
  const { world, record } = cards;
  const maria = await LinkMaker.logIn(world);
  const end = () => administer(world, 'POST', 'northwind/people/end', { login: 'maria.many' });
  await maria.post({ passcode: 'open sesame' }, () => (record.before = end));
  expect(record.before).toBeUndefined();
  expect((await world.db.query('SELECT FROM card_link')).rows).toHaveLength(0);
});

it('a request under way makes its link where another tab replaces the row of the session', async () => {
  const { world, record } = cards;
  const maria = await LinkMaker.logIn(world);
  const tab = await world.db.connect();
  await tab.query(
    `BEGIN; CREATE TEMP TABLE moved ON COMMIT DROP AS SELECT * FROM oidc_record WHERE model = 'Session'`,
  );
  await tab.query(`UPDATE moved SET id = id || '-new'`);
  const replace = () =>
    tab.query(`DELETE FROM oidc_record WHERE model = 'Session'; INSERT INTO oidc_record SELECT * FROM moved`);
  const posted = maria.post({}, () => (record.before = replace));
  const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO card_link%'`;
  await waitUntil(async () => (await world.db.query(waits)).rows.length > 0);
  await tab.query('COMMIT');
  tab.release();
  expect((await posted).html).toContain('shlink:/');
});
