/** What `drop` believes, what it asks again, and when its root is known: afterwards nobody could tell what was there. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import type pg from 'pg';
import { checkpointSigner } from '../../src/checkpoints/checkpoint.ts';
import { startMaintenance } from '../../src/maintenance.ts';
import { dropMonths } from '../../src/retention/drop.ts';
import { setHolds } from '../../src/retention/holds.ts';
import { setRetention } from '../../src/retention/retention.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import type { Signing } from '../checkpoints.ts';
import { accessEvent, asLines, type World } from '../world.ts';
import { ANNAS, BY, NOW, trailWithHistory } from './history.ts';

describe('a month that is dropped', () => {
  const trail = trailWithHistory();
  const { backdate, expectWhole, history, keys, means, tamper, told } = trail;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  beforeAll(() => {
    ({ world, signing, owner } = trail);
  });

  it.each([
    ['a hold', () => setHolds(owner, { tenant: 'lakeside', reason: 'litigation', by: BY })],
    ['a longer retention', () => setRetention(owner, { tenant: 'lakeside', months: 120, by: BY })],
  ])('keeps what got %s while it was verified, and has published no root', async (_what, keep) => {
    await history();
    const before = signing.published.length;
    const publisher = { ...signing.publisher, prepare: async () => void (await keep()) };
    await expect(dropMonths({ ...means(), publisher }, NOW)).rejects.toThrow(
      'nothing of 2020-09 is dropped: meanwhile lakeside got',
    );
    expect(signing.published).toHaveLength(before);
    for (const tenant of ['northwind', 'lakeside']) await expectWhole(tenant, 12);
  });

  const refuse = (table: string, what: string) => [
    `ALTER TABLE ${table} ADD CONSTRAINT refused CHECK (${what}) NOT VALID`,
    `ALTER TABLE ${table} DROP CONSTRAINT refused`,
  ];
  it.each([
    [
      'copied',
      ['CREATE TABLE trail.audit_event_2020_09_kept ()', 'DROP TABLE trail.audit_event_2020_09_kept'],
    ],
    ['replaced by its root', refuse('trail.checkpoint', "kind <> 'root'")],
    ['recorded', refuse('public.outbox', "body NOT LIKE '%drop%'")],
  ])('has published no root of a month that could not be %s', async (_what, [spoil = '', mend = '']) => {
    await history();
    const before = signing.published.length;
    await world.admin.query(spoil);
    await expect(dropMonths(means(), NOW)).rejects.toThrow();
    await world.admin.query(mend);
    expect(signing.published).toHaveLength(before);
    await tamper("DELETE FROM trail.audit_event WHERE tenant = 'northwind' AND stored < '2020-10-01'");
    const { problem } = await verifyTenant(signing.records, 'northwind', keys(), signing.published);
    expect(problem?.kind).toMatch(/missing|cut/);
  });

  it('goes on under a new key, for whoever has the public half of the old one', async () => {
    await history();
    await dropMonths(means(), NOW);
    const [old] = [...signing.signer.keys.values()].map((key) =>
      String(key.export({ type: 'spki', format: 'pem' })),
    );
    const fresh = mountedCheckpointKey();
    const [alone, successor] = [await checkpointSigner(fresh), await checkpointSigner(fresh, old)];
    const verdict = ({ keys: checkpoints }: typeof alone) =>
      verifyTenant(signing.records, 'northwind', { ...keys(), checkpoints });
    const heads = signing.heads(successor);
    for (let turn = 0; turn < 2; turn += 1) {
      await world.deliver(asLines(accessEvent()));
      expect([await heads.sign(), signing.broken]).toEqual([1, []]);
    }
    expect((await verdict(successor)).problem).toBeUndefined();
    expect((await verdict(alone)).problem?.kind).toMatch(/missing|cut/);
    const config = { ...world.config, CHECKPOINT_KEY: fresh, CHECKPOINT_PUBLIC_KEYS: old };
    const { chains, stop } = await startMaintenance(config, createLogger('audit', 'silent'));
    try {
      const said = () => chains.of('northwind');
      const isThrough = () => Promise.resolve(said().verified === 8);
      await waitUntil(isThrough, { failure: () => `the service found ${JSON.stringify(said())}` });
      expect(said().problems).toEqual([]);
    } finally {
      await stop();
    }
    const later = { ...means(), signer: successor, keys: { ...keys(), checkpoints: successor.keys } };
    expect(await dropMonths(later, new Date('2026-12-02T12:00:00Z'))).toHaveLength(1);
    expect((await verdict(successor)).problem).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('keeps a history that its checkpoints outside contradict, or of which they know nothing', async () => {
    await world.admin.query('SELECT trail.prepare_month($1)', ['2020-09-01T00:00:00Z']);
    await world.deliver(asLines(accessEvent()));
    await signing.heads().sign();
    // Whoever owns the database writes all hashes anew, and has the service sign them: its own copies are gone.
    await backdate('northwind', '2020-09-15T00:00:00.000Z');
    await tamper('TRUNCATE trail.checkpoint');
    await signing.heads().sign();
    const outside = [...signing.published];
    expect(await dropMonths(means(), NOW)).toEqual([]);
    signing.published.length = 0;
    expect(await dropMonths(means(), NOW)).toEqual([]);
    const kept = 'northwind keeps its trail, and all plans keep 2020-09 and later: ';
    expect(told).toEqual([
      `${kept}record 1 of lane ${ANNAS} is rewritten`,
      `${kept}no checkpoint of it is known outside the database`,
    ]);
    signing.published.push(...outside.slice(1));
    expect(await dropMonths(means(), NOW)).toHaveLength(1);
  });

  /** As whoever rules the database does: a record with its batch, or one of a batch. */
  const removed = (which: string) =>
    tamper(`DELETE FROM trail.audit_event WHERE tenant = 'northwind' AND lane = ${ANNAS} AND ${which}`);

  it('keeps a month whose last record of a lane is gone, or all records of a lane', async () => {
    await history();
    const { rows } = await world.admin.query<{ last: number }>(
      `SELECT max(seq)::int AS last FROM trail.audit_event
        WHERE tenant = 'northwind' AND lane = ${ANNAS} AND stored < '2020-10-01'`,
    );
    const last = rows[0]?.last ?? 0;
    await removed(`seq = ${last}`);
    expect(await dropMonths(means(), NOW)).toEqual([]);
    await removed("stored < '2020-10-01'");
    expect(await dropMonths(means(), NOW)).toEqual([]);
    const kept = 'northwind keeps its trail, and all plans keep 2020-09 and later: ';
    expect(told).toEqual([
      `${kept}record ${last} of lane ${ANNAS} is missing`,
      `${kept}record 1 of lane ${ANNAS} is missing`,
    ]);
  });

  it.each([
    ['the end of its chain tells of it', ''],
    [
      'it was signed, and the end of its chain was set back',
      `UPDATE trail.chain_head SET seq = 1, hash = (SELECT hash FROM trail.audit_event WHERE seq = 1)`,
    ],
    [
      'it was signed with the one before, and everything else was set back',
      `TRUNCATE trail.checkpoint;
       UPDATE trail.chain_head SET seq = 1, hash = (SELECT hash FROM trail.audit_event WHERE seq = 1)`,
    ],
  ])('keeps a month whose last record is gone with nothing behind it: %s', async (_what, change) => {
    await world.admin.query('SELECT trail.prepare_month($1)', ['2020-09-01T00:00:00Z']);
    await world.deliver(asLines(accessEvent(), accessEvent()));
    await backdate('northwind', '2020-09-15T00:00:00.000Z');
    await signing.heads().sign();
    await removed('seq = 2');
    if (change) await tamper(change);
    const isUnsigned = change.includes('TRUNCATE');
    const [first] = await signing.records.heads('northwind');
    const hash = first?.[1].hash.toString('hex') ?? '';
    const before = await signing.signer.sign({
      ...{ tenant: 'northwind', kind: 'head' as const },
      heads: [{ lane: ANNAS, seq: 1, hash }],
    });
    const published = isUnsigned ? [before] : signing.published;
    expect(await dropMonths({ ...means(), published }, NOW)).toEqual([]);
    expect(told).toEqual([expect.stringMatching(/record 2 of lane \d+ is (missing|cut|removed)$/)]);
  });
});
