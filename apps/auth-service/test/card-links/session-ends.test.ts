import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import { CardRecord, coverageOf } from '../card/record.ts';
import { startWorld, type World } from '../world.ts';
import { LinkMaker } from './member.ts';

let world: World;
const record = new CardRecord();
beforeAll(async () => {
  world = await startWorld({ coverageUrl: await record.start() });
  record.coverages.set('maria', [coverageOf('maria')]);
}, 60_000);
afterAll(async () => {
  await world?.stop();
  record.stop();
});

it('a request under way in a session that ends makes no link', async () => {
  const maria = await LinkMaker.logIn(world);
  const end = () => administer(world, 'POST', 'northwind/people/end', { login: 'maria.many' });
  await maria.post({ passcode: 'open sesame' }, () => (record.before = end));
  expect(record.before).toBeUndefined();
  expect((await world.db.query('SELECT FROM card_link')).rows).toHaveLength(0);
});
