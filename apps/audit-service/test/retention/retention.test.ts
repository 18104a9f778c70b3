/**
 * Retention: whole months are dropped after their time, records under a legal hold stay, and the rest still verifies.
 */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventKeys, laneOf, recordHash } from '@patient-access/events';
import { createLogger } from '@patient-access/platform';
import { waitUntil } from '@patient-access/testing';
import { genesis, link } from '../../src/chain.ts';
import { checkpointSigner } from '../../src/checkpoints/checkpoint.ts';
import { startMaintenance } from '../../src/maintenance.ts';
import { dropMonths, planned } from '../../src/retention/drop.ts';
import { liftHold, listHolds, setHolds } from '../../src/retention/holds.ts';
import { setRetention } from '../../src/retention/retention.ts';
import { exportTenant, verifyExport } from '../../src/verify/export.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { startSigning } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, startWorld, type World } from '../world.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const BY = 'ada';
const ANNAS = laneOf({ tenant: 'northwind', member: 'anna' });
/** Months of six years ago and later; `stored` is put back there. */
const MONTHS = ['2020-09', '2020-10', '2020-11', '2026-10'];

describe('the trail', () => {
  let world: World;
  let signing: Awaited<ReturnType<typeof startSigning>>;
  let owner: pg.Client;
  beforeAll(async () => {
    world = await startWorld();
    signing = await startSigning(world);
    owner = new pg.Client({ connectionString: world.urls.owner });
    await owner.connect();
  });
  afterEach(async () => {
    await world.empty();
    await tamper('TRUNCATE trail.legal_hold, trail.retention, outbox');
    signing.published.length = 0;
    told.length = 0;
  });
  afterAll(async () => {
    await owner?.end();
    await signing?.stop();
    await world?.stop();
  });

  const tamper = (what: string) =>
    world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);
  const keys = () => ({ checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) });
  const means = () => ({
    owner,
    records: signing.records,
    signer: signing.signer,
    keys: keys(),
    published: signing.published,
    publisher: signing.publisher,
    by: BY,
    onBroken: (what: string) => void told.push(what),
  });
  /** what the last drops said of trails that do not verify */
  const told: string[] = [];
  const acts = async () =>
    (
      await world.admin.query<{ event: { tenant: string; action: string; request: string; count?: number } }>(
        "SELECT body::json AS event FROM outbox WHERE body::json ->> 'service' = 'audit-service' ORDER BY created_at",
      )
    ).rows.map(({ event }) => event);

  /** Makes a history as if the months had passed: three records for each month and tenant, chained with that time. */
  async function history(): Promise<void> {
    for (const month of MONTHS) {
      await world.admin.query('SELECT trail.prepare_month($1)', [`${month}-01T00:00:00Z`]);
      for (const tenant of ['northwind', 'lakeside']) {
        const members = ['anna', 'ben', month];
        await world.deliver(asLines(...members.map((member) => accessEvent({ tenant, member }))));
        await backdate(tenant, `${month}-15T00:00:00.000Z`);
      }
    }
    await signing.heads().sign();
  }

  /** Lane by lane: what was stored since the month before is put back into this one. */
  async function backdate(tenant: string, stored: string): Promise<void> {
    const { rows } = await world.admin.query<{
      lane: number;
      seq: string;
      id: string;
      record: string;
      before: Buffer;
    }>(
      `SELECT lane, seq, id, record,
              (SELECT b.hash FROM trail.audit_event b WHERE b.tenant = $1 AND b.lane = a.lane AND b.seq = a.seq - 1) AS before
         FROM trail.audit_event a WHERE tenant = $1 AND stored > now() - interval '1 day' ORDER BY lane, seq`,
      [tenant],
    );
    await tamper(`ALTER TABLE trail.audit_event DISABLE TRIGGER append_only`);
    const hashes = new Map<number, Buffer>();
    for (const { lane, seq, id, record, before } of rows) {
      const previous = hashes.get(lane) ?? before ?? genesis(tenant, lane);
      const hash = link(previous, { seq: Number(seq), stored, id, digest: recordHash(record) });
      hashes.set(lane, hash);
      await world.admin.query(
        'UPDATE trail.audit_event SET stored = $4, hash = $5 WHERE tenant = $1 AND lane = $2 AND seq = $3',
        [tenant, lane, seq, stored, hash],
      );
      await tamper(
        `UPDATE trail.chain_head SET hash = '\\x${hash.toString('hex')}', stored = '${stored}' WHERE tenant = '${tenant}' AND lane = ${lane}`,
      );
    }
    await tamper(
      `UPDATE trail.batch SET stored = '${stored}' WHERE tenant = '${tenant}' AND stored > now() - interval '1 day'`,
    );
    await tamper(`ALTER TABLE trail.audit_event ENABLE TRIGGER append_only`);
  }

  const counts = async () =>
    Object.fromEntries(
      (
        await world.admin.query<{ key: string; count: number }>(
          `SELECT tenant || ' ' || to_char(stored AT TIME ZONE 'UTC', 'YYYY-MM') AS key, count(*)::int AS count
             FROM trail.audit_event GROUP BY 1`,
        )
      ).rows.map(({ key, count }) => [key, count]),
    );
  const expectWhole = async (tenant: string, records: number) => {
    for (const published of [signing.published, []]) {
      const verdict = await verifyTenant(signing.records, tenant, keys(), published);
      expect(verdict).toMatchObject({ records });
      expect(verdict.problem).toBeUndefined();
    }
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, tenant, keys())) lines.push(`${line}\n`);
    const exported = await verifyExport(Readable.from(lines), keys(), signing.published);
    expect([exported.records, exported.problem]).toEqual([records, undefined]);
  };

  /** What stands at the end of each file about the years since a dropped month, and of none about a later period. */
  async function expectFilesToSay(what: string): Promise<void> {
    const take = await asAuditor(world, 'northwind', '/internal/console');
    for (const file of ['events.csv', 'events.ndjson', 'disclosures.csv', 'notice.csv', 'ended-tokens.csv']) {
      const about = file === 'notice.csv' ? 'app=app-1' : 'patient=anna';
      const last = async (from: string) =>
        (await take(`${file}?${about}&from=${from}&to=2026-11-15`)).text.trimEnd().split('\n').at(-1);
      expect([file, await last('2020-11-16')]).not.toEqual([file, expect.stringContaining('dropped')]);
      expect([file, await last('2020-11-16')]).toEqual([file, expect.stringContaining('Complete')]);
      expect([file, await last('2020-11-15')]).toEqual([file, expect.stringContaining(what)]);
    }
    const nothing = await take('disclosures.csv?patient=anna&from=2020-11-15&to=2026-11-15');
    expect(nothing.text).toContain('Nothing that was read is a disclosure.');
  }

  it('loses the months that ended six years ago, and verifies afterwards', async () => {
    await history();
    expect((await planned(owner, NOW)).map(({ from }) => from.toISOString().slice(0, 7))).toEqual([
      '2020-09',
      '2020-10',
    ]);
    await dropMonths(means(), NOW);
    expect(await counts()).toEqual({
      'northwind 2020-11': 3,
      'lakeside 2020-11': 3,
      'northwind 2026-10': 3,
      'lakeside 2026-10': 3,
    });
    for (const tenant of ['northwind', 'lakeside']) await expectWhole(tenant, 6);
    await expectFilesToSay('NOT ALL: the trail begins on 2020-11-15 (UTC); the months before were dropped.');
    const { rows } = await world.admin.query("SELECT to_regclass('trail.audit_event_2020_09') AS gone");
    expect(rows).toEqual([{ gone: null }]);
    expect(await acts()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          tenant: 'lakeside',
          action: 'drop',
          request: expect.stringMatching(/^drop 2020-10, up to records (\d+:\d+ ?)+$/),
          count: 3,
        }),
      ]),
    );
    await world.deliver(asLines(accessEvent()));
    await signing.heads().sign();
    await expectWhole('northwind', 7);
    expect(await planned(owner, NOW)).toEqual([]);
  });

  it('lets nobody delete what was signed by saying that a month is dropped, but the owner of the table', async () => {
    await world.deliver(asLines(accessEvent()));
    const remove = "SELECT set_config('trail.dropping', 'batch', true); DELETE FROM trail.batch";
    await expect(world.admin.query(remove)).rejects.toThrow('append-only');
    const ingest = new pg.Client({ connectionString: world.urls.ingest });
    await ingest.connect();
    await expect(ingest.query(remove)).rejects.toThrow('permission denied');
    await ingest.end();
    await expect(owner.query('DELETE FROM trail.batch')).rejects.toThrow('append-only');
  });

  it('does not verify when more records are missing than a signed root covers', async () => {
    await history();
    await dropMonths(means(), NOW);
    await tamper(`DELETE FROM trail.audit_event WHERE tenant = 'northwind' AND lane = ${ANNAS} AND seq <= 3`);
    const { problem } = await verifyTenant(signing.records, 'northwind', keys(), signing.published);
    expect(problem).toMatchObject({ lane: ANNAS, seq: 1, kind: 'missing' });
  });

  it('keeps a tenant’s months for this tenant’s own retention', async () => {
    await history();
    await setRetention(owner, { tenant: 'northwind', months: 120, by: BY });
    await dropMonths(means(), NOW);
    expect(await counts()).toMatchObject({
      'northwind 2020-09': 3,
      'northwind 2020-10': 3,
      'lakeside 2020-11': 3,
    });
    expect(Object.keys(await counts())).not.toContain('lakeside 2020-10');
    await expectWhole('northwind', 12);
    await expectWhole('lakeside', 6);
    // The new table of the month is protected like the table that it replaced.
    const shut = `DELETE FROM trail.audit_event_2020_09`;
    await expect(world.admin.query(shut)).rejects.toThrow('append-only');
    await expect(world.admin.query('TRUNCATE trail.audit_event_2020_09')).rejects.toThrow('append-only');
  });

  it('keeps a whole tenant under a hold, or all months from the first one that names the held member', async () => {
    await history();
    await setHolds(owner, { tenant: 'northwind', reason: 'litigation', by: BY });
    const [hold] = await setHolds(owner, {
      ...{ tenant: 'lakeside', members: ['2020-10'] },
      ...{ reason: 'complaint', by: BY },
    });
    expect((await dropMonths(means(), NOW)).map(({ going }) => going.map(({ tenant }) => tenant))).toEqual([
      ['lakeside'],
    ]);
    expect(await counts()).toMatchObject({ 'northwind 2020-09': 3, 'lakeside 2020-10': 3 });
    await liftHold(owner, { id: hold?.id ?? '', by: 'bob' });
    await dropMonths(means(), NOW);
    expect(Object.keys(await counts())).not.toContain('lakeside 2020-10');
    await expectWhole('lakeside', 6);
    await expectWhole('northwind', 12);
  });

  it('keeps what is under any id of a person whose records were merged, with a hold on each', async () => {
    await history();
    const told = { tenant: 'lakeside', reason: 'complaint', by: BY };
    const holds = await setHolds(owner, { ...told, members: ['2020-11', '2020-10'] });
    expect(holds.map(({ member }) => member)).toEqual(['2020-11', '2020-10']);
    await expect(setHolds(owner, { ...told, members: ['anna', ''] })).rejects.toThrow('empty');
    const listed = (await listHolds(owner, 'lakeside')).map(({ id }) => id).sort();
    expect([listed, (await acts()).length]).toEqual([holds.map(({ id }) => id).sort(), 2]);
    await dropMonths(means(), NOW);
    expect(Object.keys(await counts())).not.toContain('lakeside 2020-09');
    expect(await counts()).toMatchObject({ 'lakeside 2020-10': 3 });
  });

  it('has an event for each hold and each lifting, which no member can see', async () => {
    const told = { tenant: 'northwind', reason: 'complaint', by: BY };
    const [{ id = '' } = {}] = await setHolds(owner, { ...told, members: ['anna'] });
    await liftHold(owner, { id, by: 'bob' });
    await expect(liftHold(owner, { id, by: 'bob' })).rejects.toThrow('no hold');
    expect((await listHolds(owner, 'northwind'))[0]).toMatchObject({
      member: 'anna',
      set_by: BY,
      lifted_by: 'bob',
    });
    expect(await listHolds(owner, 'lakeside')).toEqual([]);
    const recorded = await acts();
    expect(recorded).toMatchObject([
      { action: 'hold-set', request: `hold ${id} of Patient/anna: complaint`, user: { sub: BY } },
      { action: 'hold-lift', user: { sub: 'bob' } },
    ]);
    for (const event of recorded) expect(event).not.toHaveProperty('member');
    for (const change of [`UPDATE trail.legal_hold SET lifted_at = NULL`, 'DELETE FROM trail.legal_hold'])
      await expect(owner.query(change)).rejects.toThrow(/hold can be lifted|append-only/);
  });

  it('keeps the files of a month with a record that was changed, for all plans, until a hold says that this is known', async () => {
    await history();
    const files = async () =>
      (
        await world.admin.query(
          "SELECT relname, pg_relation_filepath(oid) AS file FROM pg_class WHERE relname ~ '^audit_event_2020_(09|10)$' ORDER BY 1",
        )
      ).rows;
    const rows = async () =>
      (
        await world.admin.query(
          "SELECT lane, seq, hash, record, client FROM trail.audit_event WHERE tenant = 'lakeside' ORDER BY lane, seq",
        )
      ).rows;
    await tamper(
      "UPDATE trail.audit_event SET client = 'another' WHERE tenant = 'lakeside' AND member = 'ben' AND seq = 1",
    );
    const [filesBefore, rowsBefore] = [await files(), await rows()];
    expect(await dropMonths(means(), NOW)).toEqual([]);
    expect(told).toEqual([
      expect.stringMatching(
        /^lakeside keeps its trail, and all plans keep 2020-09 and later: record 1 of lane \d+ is columns$/,
      ),
    ]);
    expect([await files(), await acts()]).toEqual([filesBefore, []]);
    expect(filesBefore).toHaveLength(2);
    const [hold] = await setHolds(owner, { tenant: 'lakeside', reason: 'record 1, files kept', by: BY });
    const months = await dropMonths(means(), NOW);
    expect(months.map(({ going }) => going.map(({ tenant }) => tenant))).toEqual([
      ['northwind'],
      ['northwind'],
    ]);
    expect(told).toHaveLength(1);
    expect(await rows()).toEqual(rowsBefore);
    await expectWhole('northwind', 6);
    await liftHold(owner, { id: hold?.id ?? '', by: BY });
    await tamper(
      "UPDATE trail.audit_event SET client = 'app-1' WHERE tenant = 'lakeside' AND client = 'another'",
    );
    await dropMonths(means(), NOW);
    expect(told).toHaveLength(1);
    expect(Object.keys(await counts())).not.toContain('lakeside 2020-10');
    await expectWhole('lakeside', 6);
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

  it('has published no root of a month that could not be dropped', async () => {
    await history();
    const before = signing.published.length;
    // The copy of the month cannot be made.
    await world.admin.query('CREATE TABLE trail.audit_event_2020_09_kept ()');
    await expect(dropMonths(means(), NOW)).rejects.toThrow();
    await world.admin.query('DROP TABLE trail.audit_event_2020_09_kept');
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
      const isThrough = () => Promise.resolve(said().verified === 14);
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

  it('loses nothing when the root could not be published', async () => {
    await history();
    signing.publisher.failing = true;
    await expect(dropMonths(means(), NOW)).rejects.toThrow('nowhere');
    signing.publisher.failing = false;
    await expectWhole('northwind', 12);
    expect(await acts()).toEqual([]);
  });
});
