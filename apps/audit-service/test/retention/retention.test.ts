/**
 * Retention: whole months are dropped after their time, records under a legal hold stay, and the rest still verifies.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { dropMonths, planned } from '../../src/retention/drop.ts';
import { liftHold, listHolds, setHolds } from '../../src/retention/holds.ts';
import { setRetention } from '../../src/retention/retention.ts';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { asAuditor } from '../auditor-search/auditors.ts';
import type { Signing } from '../checkpoints.ts';
import { accessEvent, asLines, CLAIMS_PRODUCER, type World } from '../world.ts';
import { ANNAS, BY, NOW, trailWithHistory } from './history.ts';

describe('the trail', () => {
  const trail = trailWithHistory();
  const { acts, counts, expectWhole, history, keys, means, tamper, told } = trail;
  let world: World;
  let signing: Signing;
  let owner: pg.Client;
  beforeAll(() => {
    ({ world, signing, owner } = trail);
  });

  /** Keeps a dead letter of a plan. @param ended when it was replayed or closed */
  const letter = (tenant: string, received: string, ended: string | null) =>
    world.admin.query(
      `INSERT INTO dead_letter (reason, body, producer, digest, received_at, replayed_at)
       VALUES ($1::text, $2, $3, sha256($1::text::bytea), $4, $5)`,
      [
        ...[`${tenant} ${received} ${ended}`, `2 ${CLAIMS_PRODUCER} ${tenant} 3 kid signature\n1 {}`],
        ...[CLAIMS_PRODUCER, received, ended],
      ],
    );

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

  it('loses the dead letters of these months that were dealt with, and none that waits or is of a plan that keeps its months', async () => {
    await history();
    await setRetention(owner, { tenant: 'lakeside', months: 120, by: BY });
    const [old, young] = ['2020-10-31T23:59:59.999Z', '2020-11-01T00:00:00.000Z'];
    await letter('northwind', old, young);
    await letter('northwind', old, null);
    await letter('northwind', young, young);
    await letter('lakeside', old, young);
    await dropMonths(means(), NOW);
    const { rows } = await world.admin.query<{ reason: string }>('SELECT reason FROM dead_letter ORDER BY 1');
    expect(rows.map(({ reason }) => reason)).toEqual([
      `lakeside ${old} ${young}`,
      `northwind ${old} null`,
      `northwind ${young} ${young}`,
    ]);
    expect((await acts()).map(({ request }) => request)).toContainEqual(
      expect.stringMatching(/^drop 2020-(09|10), .* with 1 dead letters$/),
    );
    await world.admin.query('TRUNCATE dead_letter');
  });

  it('loses what the yearly report counted on the days of these months, and nothing of this year and the last', async () => {
    await history();
    await setRetention(owner, { tenant: 'lakeside', months: 120, by: BY });
    await world.admin.query(
      `INSERT INTO trail.transfer SELECT t.tenant, 'gil', 'app-1', d.day FROM unnest($1::text[]) AS t (tenant)
        CROSS JOIN unnest($2::date[]) AS d (day)`,
      [
        ['northwind', 'lakeside'],
        ['2020-10-31', '2020-11-01', '2024-12-31', '2025-01-01'],
      ],
    );
    const left = async (tenant: string) =>
      (
        await world.admin.query<{ days: string }>(
          `SELECT string_agg(to_char(day, 'YYYY-MM-DD'), ' ' ORDER BY day) AS days FROM trail.transfer
            WHERE tenant = $1 AND member = 'gil'`,
          [tenant],
        )
      ).rows[0]?.days;
    await dropMonths(means(), NOW);
    expect(await left('northwind')).toBe('2020-11-01 2024-12-31 2025-01-01');
    await setRetention(owner, { tenant: 'northwind', months: 1, by: BY });
    await dropMonths(means(), new Date('2026-12-01T00:00:00Z'));
    expect(await left('northwind')).toBe('2025-01-01');
    expect(await left('lakeside')).toBe('2020-10-31 2020-11-01 2024-12-31 2025-01-01');
  });

  it('sets no hold for a reason that is longer than the trail takes, because its event would be lost', async () => {
    const long = { tenant: 'lakeside', reason: 'x'.repeat(4_096), by: BY };
    await expect(setHolds(owner, long)).rejects.toThrow('say a shorter reason; nothing is done');
    expect([await listHolds(owner, 'lakeside', BY), await acts()]).toEqual([[], []]);
  });

  it('keeps the dead letters of a plan with a hold on one member, whose records may be in a later month or in none', async () => {
    await history();
    const [hold] = await setHolds(owner, {
      ...{ tenant: 'lakeside', members: ['zoe'] },
      ...{ reason: 'complaint', by: BY },
    });
    const [old, young] = ['2020-10-31T23:59:59.999Z', '2020-11-01T00:00:00.000Z'];
    await letter('northwind', old, young);
    await letter('lakeside', old, young);
    const left = async () =>
      (await world.admin.query<{ reason: string }>('SELECT reason FROM dead_letter')).rows.map(
        ({ reason }) => reason,
      );
    const months = await dropMonths(means(), NOW);
    expect(months.map(({ going }) => going.map(({ tenant }) => tenant))).toEqual([
      ['lakeside', 'northwind'],
      ['lakeside', 'northwind'],
    ]);
    expect(await left()).toEqual([`lakeside ${old} ${young}`]);
    await liftHold(owner, { id: hold?.id ?? '', by: BY });
    await setRetention(owner, { tenant: 'lakeside', months: 71, by: BY });
    await dropMonths(means(), NOW);
    expect(await left()).toEqual([]);
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

  it('does not verify when a record of a dropped month is put back', async () => {
    await history();
    await tamper(`CREATE TABLE trail.put_back AS SELECT * FROM trail.audit_event WHERE tenant = 'northwind' AND lane = ${ANNAS} AND seq = 1;
                  CREATE TABLE trail.batch_back AS SELECT * FROM trail.batch WHERE tenant = 'northwind' AND lane = ${ANNAS} AND from_seq = 1`);
    const verifier = new ContinuousVerifier(signing.records, keys(), () => undefined);
    await dropMonths(means(), NOW);
    await tamper(`SELECT trail.prepare_month('2020-09-01T00:00:00Z'); INSERT INTO trail.audit_event SELECT * FROM trail.put_back;
                  INSERT INTO trail.batch SELECT * FROM trail.batch_back; DROP TABLE trail.put_back, trail.batch_back`);
    for (let walk = 0; walk < 80; walk += 1) await verifier.verifyNext(7);
    const missing = expect.objectContaining({ tenant: 'northwind', lane: ANNAS, seq: 2, kind: 'missing' });
    expect(verifier.problems).toEqual([missing]);
    expect((await verifyTenant(signing.records, 'northwind', keys(), signing.published)).problem).toEqual(
      missing,
    );
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
    const listed = (await listHolds(owner, 'lakeside', BY)).map(({ id }) => id).sort();
    expect([listed, (await acts()).length]).toEqual([holds.map(({ id }) => id).sort(), 3]);
    await dropMonths(means(), NOW);
    expect(Object.keys(await counts())).not.toContain('lakeside 2020-09');
    expect(await counts()).toMatchObject({ 'lakeside 2020-10': 3 });
  });

  it('has an event for each hold and each lifting, which no member can see', async () => {
    const told = { tenant: 'northwind', reason: 'complaint', by: BY };
    const [{ id = '' } = {}] = await setHolds(owner, { ...told, members: ['anna'] });
    await liftHold(owner, { id, by: 'bob' });
    await expect(liftHold(owner, { id, by: 'bob' })).rejects.toThrow('no hold');
    expect((await listHolds(owner, 'northwind', 'cy'))[0]).toMatchObject({
      member: 'anna',
      set_by: BY,
      lifted_by: 'bob',
    });
    expect(await listHolds(owner, 'nobody', 'cy')).toEqual([]);
    const recorded = await acts();
    expect(recorded).toMatchObject([
      { action: 'hold-set', request: `hold ${id} of Patient/anna: complaint`, user: { sub: BY } },
      { action: 'hold-lift', user: { sub: 'bob' } },
      { action: 'hold-list', request: 'audit hold list', user: { sub: 'cy' } },
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

  it('loses nothing when the root could not be published', async () => {
    await history();
    signing.publisher.failing = true;
    await expect(dropMonths(means(), NOW)).rejects.toThrow('nowhere');
    signing.publisher.failing = false;
    await expectWhole('northwind', 12);
    expect(await acts()).toEqual([]);
  });
});
