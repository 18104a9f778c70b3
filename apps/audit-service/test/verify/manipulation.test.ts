/**
 * An administrator of the database changes old records at random places. The verifier must name the first record that
 * is not the one that was appended. Each seed makes one history and one place, and a failure prints the seed.
 */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { link } from '../../src/chain.ts';
import { exportTenant, verifyExport } from '../../src/verify/export.ts';
import type { Problem } from '../../src/verify/verify-chain.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { startSigning } from '../checkpoints.ts';
import { eventsOfEveryKind } from '../events.ts';
import { accessEvent, asLines, startWorld, type World } from '../world.ts';

const RECORDS = 40;
const PLACES = 6;
const TENANT = 'northwind';

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

interface Place {
  /** number of a record, neither the first nor the last */
  at: number;
  /** number of another, later record */
  later: number;
  /** numbers of the signed records */
  signed: readonly number[];
  change(text: string, values?: unknown[]): Promise<void>;
  /** Computes correct hashes for the records `first` to `last`. */
  rehash(first: number, last: number): Promise<void>;
}

const BODY_OF_AN_EDIT = `replace(body, '"outcome":"0"', '"outcome":"4"') || ' '`;
/** Changes the numbers of a record and all later ones by one. It takes two steps, because a number is a key. */
const renumber = async ({ change }: Place, from: number, by: number) => {
  await change('UPDATE trail.audit_event SET seq = seq + 1000000 WHERE tenant = $1 AND seq >= $2', [
    TENANT,
    from,
  ]);
  await change('UPDATE trail.audit_event SET seq = seq - 1000000 + $2 WHERE tenant = $1 AND seq > 1000000', [
    TENANT,
    by,
  ]);
};
const copy = (columns: string) => `
  INSERT INTO trail.audit_event (tenant, seq, id, stored, recorded, member, kind, act, action, outcome, reason, service,
         client, grant_id, policy, address, disclosed, type, subtype, agent, entity, entity_identifier, profile, hash, body)
  SELECT tenant, ${columns}, recorded, member, kind, act, action, outcome, reason, service, client, grant_id, policy,
         address, disclosed, type, subtype, agent, entity, entity_identifier, profile, hash, body
    FROM trail.audit_event WHERE tenant = $1 AND seq = $2`;
const COPIED_ID = "'00000000-0000-8000-a000-000000000000'";

/** Manipulations, each with the problem that the verifier has to report. */
const MANIPULATIONS: Readonly<Record<string, (place: Place) => Promise<Omit<Problem, 'tenant' | 'id'>>>> = {
  async 'a body is edited'({ at, change }) {
    await change(`UPDATE trail.audit_event SET body = ${BODY_OF_AN_EDIT} WHERE tenant = $1 AND seq = $2`, [
      TENANT,
      at,
    ]);
    return { seq: at, kind: 'altered' };
  },
  async 'a hash is edited'({ at, change }) {
    await change(`UPDATE trail.audit_event SET hash = sha256(hash) WHERE tenant = $1 AND seq = $2`, [
      TENANT,
      at,
    ]);
    return { seq: at, kind: 'altered' };
  },
  async 'an id is edited'({ at, change }) {
    await change(`UPDATE trail.audit_event SET id = ${COPIED_ID} WHERE tenant = $1 AND seq = $2`, [
      TENANT,
      at,
    ]);
    return { seq: at, kind: 'altered' };
  },
  async 'a body is edited and its own hash put right'({ at, signed, change, rehash }) {
    await change(`UPDATE trail.audit_event SET body = body || ' ' WHERE tenant = $1 AND seq = $2`, [
      TENANT,
      at,
    ]);
    await rehash(at, at);
    return signed.includes(at) ? { seq: at, kind: 'rewritten' } : { seq: at + 1, kind: 'altered' };
  },
  ...Object.fromEntries(
    [
      "member = 'somebody'",
      "client = 'another'",
      "outcome = outcome || '4'",
      "recorded = recorded - interval '1 hour'",
    ].map((what) => [
      `a column is edited: ${what}`,
      async ({ at, change }: Place) => {
        await change(`UPDATE trail.audit_event SET ${what} WHERE tenant = $1 AND seq = $2`, [TENANT, at]);
        return { seq: at, kind: 'columns' as const };
      },
    ]),
  ),
  async 'the time of storing is edited'({ at, change }) {
    await change(
      `UPDATE trail.audit_event SET stored = stored - interval '1 millisecond' WHERE tenant = $1 AND seq = $2`,
      [TENANT, at],
    );
    return { seq: at, kind: 'columns' };
  },
  async 'a record is deleted'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = $2', [TENANT, at]);
    return { seq: at, kind: 'missing' };
  },
  async 'the first record is deleted'({ change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = 1', [TENANT]);
    return { seq: 1, kind: 'missing' };
  },
  async 'the first records are deleted'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq <= $2', [TENANT, at]);
    return { seq: 1, kind: 'missing' };
  },
  async 'a record is deleted and the rest moved up'(place) {
    const { at, change } = place;
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq = $2', [TENANT, at]);
    await renumber(place, at, -1);
    return { seq: at, kind: 'altered' };
  },
  async 'a record is there twice'({ at, change }) {
    await change(copy(`seq, ${COPIED_ID}, stored + interval '1 millisecond'`), [TENANT, at]);
    return { seq: at, kind: 'surplus' };
  },
  async 'a record is inserted and the rest moved down'(place) {
    const { at, change } = place;
    await renumber(place, at, 1);
    await change(copy(`seq - 1, ${COPIED_ID}, stored`), [TENANT, at + 1]);
    return { seq: at, kind: 'altered' };
  },
  async 'two bodies are swapped'({ at, later, change }) {
    await change(
      `UPDATE trail.audit_event a SET body = b.body FROM trail.audit_event b WHERE a.tenant = $1 AND b.tenant = $1
          AND a.seq IN ($2, $3) AND b.seq = $2 + $3 - a.seq`,
      [TENANT, at, later],
    );
    return { seq: at, kind: 'altered' };
  },
  async 'two records change places'({ at, later, change }) {
    const move = 'UPDATE trail.audit_event SET seq = $3 WHERE tenant = $1 AND seq = $2';
    for (const [from, to] of [
      [at, 1_000_000],
      [later, at],
      [1_000_000, later],
    ])
      await change(move, [TENANT, from, to]);
    return { seq: at, kind: 'altered' };
  },
  async 'the tail is cut'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq >= $2', [TENANT, at]);
    return { seq: at, kind: 'cut' };
  },
  async 'the tail is cut and the head set back'({ at, change }) {
    await change('DELETE FROM trail.audit_event WHERE tenant = $1 AND seq >= $2', [TENANT, at]);
    await change(
      `UPDATE trail.chain_head h SET seq = a.seq, hash = a.hash FROM trail.audit_event a
        WHERE h.tenant = $1 AND a.tenant = $1 AND a.seq = $2`,
      [TENANT, at - 1],
    );
    await change('DELETE FROM trail.checkpoint WHERE seq >= $1', [at]);
    return { seq: at, kind: 'cut' };
  },
  async 'the whole trail is gone'({ change }) {
    for (const table of ['audit_event', 'chain_head', 'checkpoint']) await change(`TRUNCATE trail.${table}`);
    return { seq: 1, kind: 'cut' };
  },
};

describe('a trail that an administrator of the database has changed', () => {
  let world: World;
  let signing: Awaited<ReturnType<typeof startSigning>>;
  beforeAll(async () => {
    world = await startWorld();
    signing = await startSigning(world);
  });
  afterEach(async () => {
    await world.empty();
    signing.published.length = 0;
  });
  afterAll(async () => {
    await signing?.stop();
    await world?.stop();
  });

  const change = async (text: string, values: unknown[] = []): Promise<void> => {
    const client = await world.admin.connect();
    await client.query('BEGIN; SET LOCAL session_replication_role = replica');
    await client.query(text, values);
    await client.query('COMMIT');
    client.release();
  };

  async function rehash(first: number, last: number): Promise<void> {
    const { rows } = await world.admin.query<{ seq: string; id: string; body: string; hash: Buffer }>(
      'SELECT seq, id, body, hash FROM trail.audit_event WHERE tenant = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq',
      [TENANT, first - 1, last],
    );
    let previous = rows[0]?.hash ?? Buffer.alloc(0);
    for (const { seq, id, body } of rows.slice(1)) {
      previous = link(previous, Number(seq), id, body);
      await change('UPDATE trail.audit_event SET hash = $3 WHERE tenant = $1 AND seq = $2', [
        TENANT,
        seq,
        previous,
      ]);
    }
  }

  /**
   * Makes a history of several deliveries. It is signed at random points and at its end. Another tenant has one too.
   */
  async function happen(below: (limit: number) => number): Promise<number[]> {
    const events = eventsOfEveryKind().concat(Array.from({ length: RECORDS }, () => accessEvent()));
    const shuffled = events.sort(() => below(2) - 0.5).slice(0, RECORDS);
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

  const verdicts = async () => {
    const { keys } = signing.signer;
    const online = await verifyTenant(signing.records, TENANT, keys, signing.published);
    const lines: string[] = [];
    try {
      for await (const line of exportTenant(signing.records, TENANT, keys)) lines.push(`${line}\n`);
    } catch {
      return [online];
    }
    return [online, await verifyExport(Readable.from(lines), keys, signing.published)];
  };
  const placeOf = (below: (limit: number) => number, signed: readonly number[]): Place => {
    const at = 2 + below(RECORDS - 4);
    return { at, later: at + 1 + below(RECORDS - at), signed, change, rehash };
  };

  it('verifies when nobody has changed it', async () => {
    await happen(random(1));
    for (const verdict of await verdicts()) {
      expect(verdict).toMatchObject({ records: RECORDS });
      expect(verdict.problem).toBeUndefined();
    }
    const other = await verifyTenant(signing.records, 'lakeside', signing.signer.keys, signing.published);
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
          tenant: TENANT,
        });
      }
      await world.empty();
      signing.published.length = 0;
    }
  });

  it('does not match its checkpoints after all records from one on and the head were rewritten', async () => {
    for (let seed = 1; seed <= PLACES; seed += 1) {
      const below = random(seed);
      const signedAt = await happen(below);
      const { at } = placeOf(below, signedAt);
      await change(
        `UPDATE trail.audit_event SET body = replace(body, '"resourceType"', ' "resourceType"') WHERE tenant = $1 AND seq = $2`,
        [TENANT, at],
      );
      await rehash(at, RECORDS);
      await change(
        `UPDATE trail.chain_head h SET hash = a.hash FROM trail.audit_event a WHERE a.tenant = h.tenant AND a.seq = h.seq`,
      );
      const from = Math.max(0, ...signedAt.filter((seq) => seq < at)) + 1;
      const seq = Math.min(...signedAt.filter((signed) => signed >= at));
      for (const { problem } of await verdicts())
        expect({ seed, at, problem }).toEqual({
          seed,
          at,
          problem: { tenant: TENANT, kind: 'rewritten', from, seq },
        });
      // The signer does not sign this chain any more.
      await world.deliver(asLines(accessEvent()));
      const before = signing.published.length;
      const resident = signing.heads();
      await resident.sign();
      expect(signing.published.slice(before).map(({ tenant }) => tenant)).toEqual([]);
      expect(resident.brokenTenants).toEqual([TENANT]);
      await world.empty();
      signing.published.length = 0;
    }
  });
});
