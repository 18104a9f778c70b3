/** A link that ended with the relation of the login to the person stays ended, whatever the plan says of that relation later. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { wordsOf } from '../apps/member.ts';
import { LinkMaker, openFile } from './member.ts';
import { type CardWorld, startCardWorld } from './world.ts';

let cards: CardWorld;
let maria: LinkMaker;
beforeAll(async () => {
  cards = await startCardWorld();
  maria = await LinkMaker.logIn(cards.world);
}, 60_000);
afterAll(() => cards?.stop());
afterEach(() => cards.world.db.query('DELETE FROM card_link'));

const RELATION = `tenant = 'northwind' AND patient = 'maria'`;

/** The plan takes the relation away. @returns what gives it again */
async function withdraw(): Promise<() => Promise<unknown>> {
  const { db } = cards.world;
  const taken = `DELETE FROM account_member m WHERE ${RELATION} RETURNING to_jsonb(m) AS row`;
  const { rows } = await db.query<{ row: object }>(taken);
  const given =
    'INSERT INTO account_member SELECT * FROM jsonb_populate_record(NULL::account_member, $1::jsonb)';
  return () => db.query(given, [JSON.stringify(rows[0]?.row)]);
}

const statusOf = async ({ url }: { url: string }): Promise<number> => (await openFile(url)).status;

it('does not come back with a relation that is given again', async () => {
  const link = await maria.make();
  expect(await statusOf(link)).toBe(200);
  const giveAgain = await withdraw();
  expect(await statusOf(link)).toBe(404);
  await giveAgain();
  expect(await statusOf(link)).toBe(404);
  const { rows } = await cards.world.db.query('SELECT payload, end_reason FROM card_link');
  expect(rows).toEqual([{ payload: null, end_reason: 'relation' }]);
  expect(await statusOf(await maria.make())).toBe(200);
});

it('does not come back with a relation whose time was over and is made longer', async () => {
  const { db } = cards.world;
  const link = await maria.make();
  // As if the last day had passed: nobody writes the row then.
  await db.query(`ALTER TABLE account_member DISABLE TRIGGER USER`);
  await db.query(`UPDATE account_member SET ends_at = now(), ends_by = 'coverage' WHERE ${RELATION}`);
  await db.query(`ALTER TABLE account_member ENABLE TRIGGER USER`);
  expect(await statusOf(link)).toBe(404);
  await db.query(`UPDATE account_member SET coverage_end = NULL WHERE ${RELATION}`);
  expect(await statusOf(link)).toBe(404);
  expect((await db.query('SELECT end_reason FROM card_link')).rows).toEqual([{ end_reason: 'coverage' }]);
  expect(await statusOf(await maria.make())).toBe(200);
});

it('says that it works until the relation ends, where that comes first', async () => {
  const { db } = cards.world;
  await maria.make({ days: '7' });
  await db.query(`UPDATE account_member SET until = current_date WHERE ${RELATION}`);
  const link = await maria.make({ days: '7' });
  const words = wordsOf(await maria.page());
  const ends = `SELECT extract(epoch FROM ends_at)::int AS at FROM account_member WHERE ${RELATION}`;
  expect((await db.query(ends)).rows).toEqual([{ at: link.exp }]);
  // The link that was made before says the same.
  const told = [...words.matchAll(/Works until (\w+ \d+, \d{4} at 12:00)/g)].map(([, day]) => day);
  expect(told).toEqual([told[0], told[0]]);
  await db.query(`UPDATE account_member SET until = NULL WHERE ${RELATION}`);
});

it('is not made by a request under way when the relation ends', async () => {
  const { record, world } = cards;
  const relation: { giveAgain?: () => Promise<unknown> } = {};
  await maria.post({}, () => {
    record.before = async () => {
      relation.giveAgain = await withdraw();
    };
  });
  await relation.giveAgain?.();
  expect([record.before, (await world.db.query('SELECT FROM card_link')).rows]).toEqual([undefined, []]);
});
