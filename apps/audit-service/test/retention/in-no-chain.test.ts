/** Records that somebody put beside the chains of an old month: they hinder no retention, and no retention destroys them. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { dropMonths, planned } from '../../src/retention/drop.ts';
import { setRetention } from '../../src/retention/retention.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import type { Signing } from '../checkpoints.ts';
import type { World } from '../world.ts';
import { ANNAS, BY, NOW, trailWithHistory } from './history.ts';

const CONDITION = 'CHECK (lane BETWEEN 0 AND 15 AND seq >= 1) NOT VALID';

describe('a record in no chain, in a month that is over', () => {
  const trail = trailWithHistory();
  const { acts, counts, expectWhole, history, keys, means, tamper, told } = trail;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  beforeAll(() => {
    ({ world, signing, owner } = trail);
  });
  beforeEach(async () => {
    await history();
    await world.admin.query('ALTER TABLE trail.audit_event DROP CONSTRAINT audit_event_in_chain');
  });
  afterEach(async () => {
    await tamper('TRUNCATE trail.audit_event');
    await world.admin.query('ALTER TABLE trail.audit_event DROP CONSTRAINT IF EXISTS audit_event_in_chain');
    await world.admin.query(`ALTER TABLE trail.audit_event ADD CONSTRAINT audit_event_in_chain ${CONDITION}`);
  });

  /** As whoever rules the database does, in the place of the condition too. */
  async function forge(tenant: string, lane: string, seq: string): Promise<void> {
    await world.admin.query(
      `INSERT INTO trail.audit_event (tenant, lane, seq, number, stored, recorded, disclosed, id, producer, member, kind, act,
              outcome, service, terms, hash, record)
       SELECT '${tenant}', ${lane}, ${seq}, number, stored, recorded, disclosed, 'forged', producer, member, kind, act, outcome,
              service, terms, hash, record
         FROM trail.audit_event WHERE tenant = 'northwind' AND lane = ${ANNAS} AND seq = 1`,
    );
  }
  const holdToCondition = () =>
    world.admin.query(`ALTER TABLE trail.audit_event ADD CONSTRAINT audit_event_in_chain ${CONDITION}`);
  const forged = async () =>
    (
      await world.admin.query(
        `SELECT tenant, lane, seq::int AS seq FROM trail.audit_event WHERE id = 'forged' ORDER BY 1, 2, 3`,
      )
    ).rows;
  const dropped = async () =>
    (await dropMonths(means(), NOW)).map(({ going }) => going.map(({ tenant }) => tenant));

  it.each([
    ['with number 0', 'lane', '0', [ANNAS, 0]],
    ['of no lane', '16', 'seq', [16, 1]],
    ['behind the end of its lane', 'lane', '1000', [ANNAS, 1000]],
  ])('stays and is told of when its plan loses the month: %s', async (_which, lane, seq, place) => {
    await forge('northwind', lane, seq);
    await holdToCondition();
    const row = { tenant: 'northwind', lane: place[0], seq: place[1] };
    expect(await dropped()).toEqual([
      ['lakeside', 'northwind'],
      ['lakeside', 'northwind'],
    ]);
    expect(await forged()).toEqual([row]);
    expect(told).toEqual([
      `northwind: record ${row.seq} of lane ${row.lane}, AuditEvent/forged, is in no chain, and stays`,
      'northwind: 1 of 2020-09 stay, because they are in no chain',
    ]);
    const said = (await acts()).filter(({ request }) => request.startsWith('drop 2020-09'));
    expect(said).toMatchObject([
      { tenant: 'lakeside', count: 3, request: expect.not.stringContaining('in no chain') },
      { tenant: 'northwind', count: 3, request: expect.stringMatching(/; 1 in no chain stay$/) },
    ]);
    // Its plan's chains verify behind the root, and the record is found as it was before.
    const { problem, records } = await verifyTenant(signing.records, 'northwind', keys(), signing.published);
    expect([problem, records]).toEqual([
      expect.objectContaining({ kind: 'surplus', id: 'forged', lane: row.lane, seq: row.seq }),
      6,
    ]);
    await expectWhole('lakeside', 6);
    expect(await planned(owner, NOW)).toEqual([]);
  });

  it('does not keep other plans from losing a month that its own plan keeps', async () => {
    await setRetention(owner, { tenant: 'northwind', months: 120, by: BY });
    await forge('northwind', 'lane', '-5');
    await holdToCondition();
    expect(await dropped()).toEqual([['lakeside'], ['lakeside']]);
    expect(await counts()).toMatchObject({ 'northwind 2020-09': 4, 'northwind 2020-10': 3 });
    expect([await forged(), told]).toEqual([[{ tenant: 'northwind', lane: ANNAS, seq: -5 }], []]);
  });

  it('stays when it is of a plan that has no chain', async () => {
    await forge('nobody', '-1', 'seq');
    await forge('nobody', 'lane', 'seq');
    await holdToCondition();
    expect(await dropped()).toHaveLength(2);
    expect(await counts()).toMatchObject({ 'nobody 2020-09': 2, 'northwind 2020-11': 3 });
    expect(told).toEqual(['nobody: 2 of 2020-09 stay, because they are in no chain']);
    for (const tenant of ['northwind', 'lakeside']) await expectWhole(tenant, 6);
  });

  it('does not have the signatures go of records that the end of their lane is set back from', async () => {
    await tamper(
      `UPDATE trail.chain_head SET seq = 1 WHERE tenant = 'northwind' AND lane = ${ANNAS}; TRUNCATE trail.checkpoint`,
    );
    const batches = async () =>
      (
        await world.admin.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM trail.batch WHERE tenant = 'northwind' AND lane = ${ANNAS} AND from_seq > 1`,
        )
      ).rows[0]?.count;
    const before = await batches();
    expect(before).toBeGreaterThan(0);
    await holdToCondition();
    await dropMonths(means(), NOW);
    expect(await batches()).toBe(before);
  });
});
