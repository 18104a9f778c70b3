/** A trail of six years ago and later, as if the months had passed, and what drops it. */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { eventKeys, laneOf, recordHash } from '@patient-access/events';
import pg from 'pg';
import { genesis, link } from '../../src/chain.ts';
import { exportTenant, verifyExport } from '../../src/verify/export.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { type Signing, startSigning } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, startWorld, type World } from '../world.ts';

export const NOW = new Date('2026-11-25T12:00:00Z');
export const BY = 'ada';
export const ANNAS = laneOf({ tenant: 'northwind', member: 'anna' });
/** Months of six years ago and later; `stored` is put back there. */
const MONTHS = ['2020-09', '2020-10', '2020-11', '2026-10'];

/** Starts a world for the tests of a block, empties it after each, and ends it. */
export function trailWithHistory() {
  let world: World;
  let signing: Signing;
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

  return {
    ...{ acts, backdate, counts, expectWhole, history, keys, means, tamper, told },
    get world() {
      return world;
    },
    get signing() {
      return signing;
    },
    get owner() {
      return owner;
    },
  };
}
