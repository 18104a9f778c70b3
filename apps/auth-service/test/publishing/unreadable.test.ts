/** What cannot be read waits by itself: no consent of its plan or of another one waits for it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { startWorld, type World } from '../world.ts';
import { type ConsentReceiver, startConsentReceiver } from './consent-receiver.ts';
import { addDue } from './due.ts';

/** More than one turn takes of a plan. */
const MANY = 120;

describe('a consent that cannot be published as it is stored', () => {
  let world: World;
  let owner: ConsentReceiver;
  beforeAll(async () => {
    owner = await startConsentReceiver();
    world = await startWorld({ coverageUrl: owner.url });
  }, 60_000);
  afterAll(async () => {
    await world?.stop();
    await owner?.stop();
  });

  const arrived = (grants: readonly string[]) =>
    owner.facts.filter(({ grantId }) => grants.includes(grantId)).length;
  const countOf = async (condition: string, grants: readonly string[]) =>
    (await world.db.query(`SELECT FROM consent WHERE grant_id = ANY ($1) AND ${condition}`, [grants]))
      .rowCount;
  const unreadable = async () =>
    Number(/^consent_unreadable_total (\d+)$/m.exec(await world.metrics())?.[1] ?? NaN);

  it.each([
    ['no JSON', '{"plan": "Northwi'],
    ['JSON of another form', '[]'],
    ['a page whose plan has no name', '{"plan":{"id":"northwind"}}'],
  ])('is set aside for an hour when it is %s, and those behind it are published', async (_what, snapshot) => {
    const before = await unreadable();
    const { northwind: bad = [] } = await addDue(world, { northwind: MANY }, snapshot);
    const { northwind = [], lakeside = [] } = await addDue(world, { northwind: 1, lakeside: 1 });
    await waitUntil(() => arrived([...northwind, ...lakeside]) === 2);
    await waitUntil(async () => (await countOf('publish_at > now()', bad)) === MANY);
    expect(
      await countOf(`publish_at BETWEEN now() + interval '30 minutes' AND now() + interval '1 hour'`, bad),
    ).toBe(MANY);
    expect(arrived(bad)).toBe(0);
    expect(await unreadable()).toBe(before + MANY);
  });

  it('is tried again when it is due, and published when it can be read by then', async () => {
    const { northwind: bad = [] } = await addDue(world, { northwind: 2 }, 'no JSON');
    await waitUntil(async () => (await countOf('publish_at > now()', bad)) === 2);
    const [first = '', second = ''] = bad;
    await world.db.query(`UPDATE consent SET snapshot = '{"plan":"Northwind"}' WHERE grant_id = $1`, [first]);
    const before = await unreadable();
    await world.db.query('UPDATE consent SET publish_at = now() WHERE grant_id = ANY ($1)', [bad]);
    expect(await owner.of(first, 1)).toMatchObject([{ plan: { name: 'Northwind' } }]);
    await waitUntil(async () => (await countOf('publish_at > now()', [second])) === 1);
    expect(arrived([second])).toBe(0);
    expect(await unreadable()).toBe(before + 1);
  });
});
