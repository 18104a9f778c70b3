/**
 * An administrator of the database changes old records at random places. The verifier must name the first record that
 * is not the one that was appended. Each seed makes one history and one place, and a failure prints the seed.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { eventKeys, laneOf, recordHash } from '@patient-access/events';
import { tries } from '@patient-access/testing';
import { link } from '../../src/chain.ts';
import { exportTenant, verifyExport } from '../../src/verify/export.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { MANIPULATIONS, type Place, RECORDS, MANIPULATED_TENANT } from './manipulations.ts';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { eventsOfEveryKind } from '../events.ts';
import { storeUnseen } from '../store-unseen.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, type World } from '../world.ts';

const PLACES = tries(2, 6);
const laneOfMember = (member: string) => laneOf({ tenant: MANIPULATED_TENANT, member });

/** mulberry32, a random number generator: the same seed gives the same numbers. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe('a trail that an administrator of the database has changed', () => {
  let world: World;
  let signing: Signing;
  signingWorld((...started) => ([world, signing] = started));

  const change = async (text: string, values: unknown[] = []): Promise<void> => {
    const client = await world.admin.connect();
    try {
      await client.query('BEGIN; SET LOCAL session_replication_role = replica');
      await client.query(text, values);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };

  async function batchOf(seq: number): Promise<{ from: number; size: number }> {
    const text = `SELECT from_seq::int AS "from", (to_seq - from_seq + 1)::int AS size FROM trail.batch
                   WHERE tenant = $1 AND $2 BETWEEN from_seq AND to_seq`;
    const { rows } = await world.admin.query<{ from: number; size: number }>(text, [MANIPULATED_TENANT, seq]);
    return rows[0] ?? { from: 0, size: 0 };
  }

  async function rehash(first: number, last: number): Promise<void> {
    const { rows } = await world.admin.query<{
      seq: string;
      id: string;
      stored: Date;
      record: string;
      hash: Buffer;
    }>(
      'SELECT seq, id, stored, record, hash FROM trail.audit_event WHERE tenant = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq',
      [MANIPULATED_TENANT, first - 1, last],
    );
    let previous = rows[0]?.hash ?? Buffer.alloc(0);
    const hashes = rows.slice(1).map(({ seq, id, stored, record }) => {
      const place = { seq: Number(seq), stored: stored.toISOString(), id, digest: recordHash(record) };
      previous = link(previous, place);
      return { seq, hash: previous };
    });
    await change(
      `UPDATE trail.audit_event a SET hash = b.hash FROM unnest($2::bigint[], $3::bytea[]) AS b (seq, hash)
        WHERE a.tenant = $1 AND a.seq = b.seq`,
      [MANIPULATED_TENANT, hashes.map(({ seq }) => seq), hashes.map(({ hash }) => hash)],
    );
  }

  /**
   * Makes a history of several deliveries. It is signed at random points and at its end. Another tenant has one too.
   */
  async function happen(below: (limit: number) => number): Promise<number[]> {
    const events = eventsOfEveryKind().concat(Array.from({ length: RECORDS }, () => accessEvent()));
    // All of one member, so that they are in one lane.
    const shuffled = events
      .map((event) => ({ ...event, tenant: MANIPULATED_TENANT, member: 'anna' }))
      .sort(() => below(2) - 0.5)
      .slice(0, RECORDS);
    const signedAt: number[] = [];
    for (let from = 0, to = 0; from < RECORDS; from = to) {
      to = Math.min(RECORDS, from + 1 + below(12));
      await world.deliver(asLines(...shuffled.slice(from, to), accessEvent({ tenant: 'lakeside' })));
      if (below(2) && to < RECORDS) continue;
      await signing.heads().sign();
      signedAt.push(to);
    }
    return signedAt;
  }

  const keys = () => ({ checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) });
  const verdicts = async () => {
    const online = await verifyTenant(signing.records, MANIPULATED_TENANT, keys(), signing.published);
    const lines: string[] = [];
    try {
      for await (const line of exportTenant(signing.records, MANIPULATED_TENANT, keys()))
        lines.push(`${line}\n`);
    } catch {
      return [online];
    }
    return [online, await verifyExport(Readable.from(lines), keys(), signing.published)];
  };
  const placeOf = (below: (limit: number) => number, signed: readonly number[]): Place => {
    const at = 2 + below(RECORDS - 4);
    return { at, later: at + 1 + below(RECORDS - at), signed, change, batchOf, rehash };
  };

  it('verifies with every kind of line end in its records, and its export can be read line by line', async () => {
    const event = accessEvent({ member: 'anna', request: 'GET Claim?x=\u2028\u2029\u0085\r\n\u{1f600}' });
    const raw = JSON.stringify({ v: 1, ...event, requestId: randomUUID() });
    await world.deliver([...asLines(event), raw]);
    await signing.heads().sign();
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, MANIPULATED_TENANT, keys())) lines.push(line);
    const texts = lines.map((line) => `${line}\n`);
    const read: string[] = [];
    for await (const line of createInterface({ input: Readable.from(texts) })) read.push(line);
    expect(read).toEqual(lines);
    // An export from before has the raw characters. A file comes in pieces that split them.
    const before = lines.map((line) => `${JSON.stringify(JSON.parse(line))}\n`).join('');
    expect(before).toContain('\u2028');
    const bytes = [...Buffer.from(before)].map((byte) => Buffer.from([byte]));
    for (const input of [Readable.from(texts), Readable.from(bytes)]) {
      const verdict = await verifyExport(input, keys(), signing.published);
      expect(verdict).toMatchObject({ records: 2 });
      expect(verdict).not.toHaveProperty('problem');
    }
  });

  it('does not verify as an export that has the records of a lane twice', async () => {
    const members = [
      'anna',
      ...['ben', 'cora', 'dora'].filter((member) => laneOfMember(member) !== laneOfMember('anna')),
    ];
    await world.deliver(asLines(...members.slice(0, 2).map((member) => accessEvent({ member }))));
    await signing.heads().sign();
    const lines: string[] = [];
    for await (const line of exportTenant(signing.records, MANIPULATED_TENANT, keys()))
      lines.push(`${line}\n`);
    const [head = '', ...rest] = lines;
    const verdictOf = (these: string[]) => verifyExport(Readable.from(these), keys(), signing.published);
    expect(await verdictOf([head, ...rest])).not.toHaveProperty('problem');
    expect((await verdictOf([head, ...rest, ...rest])).problem).toMatchObject({ seq: 1, kind: 'surplus' });
  });

  it('verifies when nobody has changed it', async () => {
    await happen(random(1));
    for (const verdict of await verdicts()) {
      expect(verdict).toMatchObject({ records: RECORDS });
      expect(verdict.problem).toBeUndefined();
    }
    const other = await verifyTenant(signing.records, 'lakeside', keys(), signing.published);
    expect(other.problem).toBeUndefined();
  });

  it.each(Object.keys(MANIPULATIONS))('does not verify after this: %s', async (name) => {
    for (let seed = 1; seed <= PLACES; seed += 1) {
      const below = random(seed * 7919 + name.length);
      const place = placeOf(below, await happen(below));
      const expected = await MANIPULATIONS[name]?.(place);
      for (const { problem } of await verdicts()) {
        const { kind, seq, tenant } = problem ?? {};
        expect({ seed, at: place.at, kind, seq, tenant }).toEqual({
          seed,
          at: place.at,
          ...expected,
          tenant: MANIPULATED_TENANT,
        });
      }
      await world.empty();
      signing.published.length = 0;
    }
  });

  it('a service that was taken over signs what only another one does, and the database takes it', async () => {
    await storeUnseen(
      signing.pool,
      accessEvent({
        tenant: MANIPULATED_TENANT,
        service: 'claims-service',
        kind: 'consent',
        action: 'revoke',
      }),
    );
    for (const { problem } of await verdicts()) expect(problem).toMatchObject({ seq: 1, kind: 'foreign' });
  });

  it.each(['00.1239Z', '00.1234999Z', '00.1235Z', '59.9996Z', '00Z'])(
    'is whole with a record at %s, which was taken in before that had to be milliseconds',
    async (seconds) => {
      for (const day of ['1999-12-31', '2026-11-28'])
        await storeUnseen(
          signing.pool,
          accessEvent({ tenant: MANIPULATED_TENANT, recorded: `${day}T23:59:${seconds}` }),
        );
      for (const { problem } of await verdicts()) expect(problem).toBeUndefined();
      await world.empty();
    },
  );

  it('everything behind a record is rewritten, head included: its producer’s signature names the record', async () => {
    for (let seed = 1; seed <= PLACES; seed += 1) {
      const below = random(seed);
      const signedAt = await happen(below);
      const { at } = placeOf(below, signedAt);
      await change(
        `UPDATE trail.audit_event SET record = replace(record, '"v":', ' "v":') WHERE tenant = $1 AND seq = $2`,
        [MANIPULATED_TENANT, at],
      );
      await rehash(at, RECORDS);
      await change(
        `UPDATE trail.chain_head h SET hash = a.hash FROM trail.audit_event a WHERE a.tenant = h.tenant AND a.lane = h.lane AND a.seq = h.seq`,
      );
      const from = Math.max(0, ...signedAt.filter((seq) => seq < at)) + 1;
      const seq = Math.min(...signedAt.filter((signed) => signed >= at));
      for (const { problem } of await verdicts())
        expect({ seed, problem }).toMatchObject({
          seed,
          problem: { tenant: MANIPULATED_TENANT, kind: 'altered', seq: at },
        });
      // Without the keys of the services, only the checkpoints give it away.
      const { problem } = await verifyTenant(
        signing.records,
        MANIPULATED_TENANT,
        { checkpoints: signing.signer.keys },
        signing.published,
      );
      expect({ seed, problem }).toMatchObject({
        seed,
        problem: { tenant: MANIPULATED_TENANT, kind: 'rewritten', from, seq },
      });
      // And nobody signs it any more.
      await world.deliver(asLines(accessEvent()));
      const before = signing.published.length;
      const resident = signing.heads();
      await resident.sign();
      expect(signing.published.slice(before).map(({ tenant }) => tenant)).toEqual([]);
      expect(resident.brokenTenants).toEqual([MANIPULATED_TENANT]);
      await world.empty();
      signing.published.length = 0;
    }
  });
});
