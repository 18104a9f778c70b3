import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventBatch, laneOf, recordOf, signBatch } from '@patient-access/events';
import {
  QUESTION_SIGNATURE_HEADER,
  questionStatement,
  type SequenceQuery,
} from '@patient-access/internal-api';
import { ask, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { keptCountBehind } from '../../src/delivery/kept-count.ts';
import { compactSequences, countBehind, countGaps } from '../../src/delivery/producer-sequences.ts';
import { accessEvent, CLAIMS_PRODUCER, signerOf, startWorld, type World } from '../world.ts';

const APPEND = 'EXECUTE ON FUNCTION trail.append';
const OTHER = CLAIMS_PRODUCER.replace('claims', 'clinical');

describe('the sequence of a producer', () => {
  let world: World;
  let ingest: pg.Pool;
  beforeAll(async () => {
    world = await startWorld();
    ingest = new pg.Pool({ connectionString: world.urls.ingest, max: 2 });
    ingest.on('error', () => undefined);
  });
  afterEach(() => world.empty());
  afterAll(async () => {
    await ingest?.end();
    await world?.stop();
  });

  const batch = (sequences: readonly number[], text?: string, producer = CLAIMS_PRODUCER) => {
    const service = producer.split('/')[0] ?? '';
    const records = sequences.map((sequence) => ({
      sequence,
      text: text ?? recordOf(accessEvent({ service })),
    }));
    const { tenant } = accessEvent();
    return signBatch(signerOf(service), { producer, tenant, lane: laneOf(accessEvent()), records });
  };
  const send = (...batches: EventBatch[]) => world.send(batches);
  const question = (query: string, headers: Record<string, string> = {}) =>
    ask(world.url, `/internal/missing-events?${query}`, { headers });
  const signed = (asked: SequenceQuery, signer = signerOf(asked.producer.split('/')[0] ?? '')) => ({
    [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signer.sign(questionStatement(asked))}`,
  });
  const queryOf = ({ producer, first, last }: SequenceQuery) =>
    String(new URLSearchParams({ producer, first: String(first), last: String(last) }));
  async function missing(first: number, last: number, producer = CLAIMS_PRODUCER): Promise<unknown> {
    const asked = { producer, first, last };
    const answer = await question(queryOf(asked), signed(asked));
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.text) as { missing: unknown }).missing;
  }
  const rows = async (table: string) => (await world.admin.query(`SELECT * FROM ${table}`)).rows as unknown[];

  it('is told by the gaps, before and after single numbers were forgotten', async () => {
    await send(batch([1, 3]), batch([2, 5]), batch([6, 9]));
    await send(batch([1], undefined, OTHER));
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing(1, 12)).toEqual([
        [4, 4],
        [7, 8],
        [10, 12],
      ]);
      expect(await missing(2, 3)).toEqual([]);
      expect(await missing(1, 2, OTHER)).toEqual([[2, 2]]);
      expect(await countGaps(ingest)).toMatchObject({ [CLAIMS_PRODUCER]: 3 });
    }
    // The gap closes, an old number comes again, and nothing is left to remember but the end.
    await send(batch([4]), batch([7, 8]), batch([2]));
    await compactSequences(ingest);
    expect([await missing(1, 9), await rows('arrival')]).toEqual([[], []]);
    expect(await rows('producer')).toContainEqual({ name: CLAIMS_PRODUCER, through: '9', rests_from: null });
    expect(await countGaps(ingest)).toEqual({});
  });

  it('is looked at for the console once in five seconds, however many pages ask', async () => {
    let questions = 0;
    const counted = () => (questions += 1);
    ingest.on('acquire', counted);
    try {
      const behind = keptCountBehind(ingest);
      const atOnce = (times: number) => Promise.all(Array.from({ length: times }, behind));
      expect([new Set(await atOnce(20)), questions]).toEqual([new Set([0]), 1]);
      await send(batch([2]));
      await world.admin.query(
        `BEGIN; SET LOCAL session_replication_role = replica;
         UPDATE trail.batch SET stored = stored - interval '3 minutes'; COMMIT`,
      );
      await waitUntil(async () => (await behind()) === 1);
      expect([new Set(await atOnce(20)), questions]).toEqual([new Set([1]), 2]);
      // What failed is not kept.
      await world.admin.query('ALTER TABLE producer RENAME TO gone');
      const another = keptCountBehind(ingest);
      try {
        await expect(another()).rejects.toThrow('producer');
      } finally {
        await world.admin.query('ALTER TABLE gone RENAME TO producer');
      }
      expect(await another()).toBe(1);
    } finally {
      ingest.off('acquire', counted);
    }
  });

  it('is passed over when nothing of it is missing and nothing came for a day, until something comes', async () => {
    const sql = (text: string) =>
      world.admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${text}; COMMIT`);
    const rests = async () => {
      await compactSequences(ingest);
      const { rows: found } = await world.admin.query<{ rests: boolean }>(
        'SELECT rests_from IS NOT NULL AS rests FROM producer ORDER BY name',
      );
      return found.map((row) => row.rests);
    };
    await send(batch([1, 2]), batch([1], undefined, CLAIMS_PRODUCER.replace(/1$/, '2')));
    expect(await rests()).toEqual([false, false]);
    await sql(
      `UPDATE trail.batch SET stored = stored - interval '2 days' WHERE producer = '${CLAIMS_PRODUCER}'`,
    );
    expect(await rests()).toEqual([true, false]);
    // What was being stored in that moment is seen by the next looks.
    await sql(`UPDATE trail.batch SET stored = now() WHERE producer = '${CLAIMS_PRODUCER}'`);
    expect(await rests()).toEqual([false, false]);
    await sql(
      `UPDATE trail.batch SET stored = stored - interval '2 days' WHERE producer = '${CLAIMS_PRODUCER}'`,
    );
    expect(await rests()).toEqual([true, false]);
    // Ten minutes later nobody looks at it: not even at a mark that stands too low.
    await sql(`UPDATE producer SET rests_from = rests_from - interval '10 minutes', through = 0`);
    expect(await rests()).toEqual([true, false]);
    expect([await countBehind(ingest), await countGaps(ingest)]).toEqual([0, {}]);
    await sql('UPDATE producer SET through = 2 WHERE through = 0');
    await send(batch([5]));
    expect([await rests(), await countGaps(ingest)]).toEqual([[false, false], { [CLAIMS_PRODUCER]: 2 }]);
    // A number without an event wakes it, too.
    await sql(`UPDATE producer SET rests_from = now() - interval '1 day'`);
    expect(await countGaps(ingest)).toEqual({});
    await send(batch([7], 'no event'));
    expect(await countGaps(ingest)).toEqual({ [CLAIMS_PRODUCER]: 3 });
  });

  it('is passed over when it has no batch and nothing of it is missing', async () => {
    await send(batch([1], 'no event'), batch([2], 'no event', OTHER));
    await compactSequences(ingest);
    expect(await rows('producer ORDER BY name')).toEqual([
      { name: CLAIMS_PRODUCER, through: '1', rests_from: expect.any(Date) },
      { name: OTHER, through: '0', rests_from: null },
    ]);
  });

  it('is told in steps, however much has come above a gap, and a wider gap is a gap', async () => {
    // A batch that ends far above what a step looks at is in it all the same.
    await send(batch([2, 60_001]), batch([60_002, 200_000]));
    await world.admin.query('INSERT INTO arrival SELECT $1, generate_series(3, 60000)', [CLAIMS_PRODUCER]);
    expect(await countGaps(ingest)).toEqual({ [CLAIMS_PRODUCER]: 1 });
    // In one transaction, so that the service, which compacts too, takes none of these steps.
    const alone = new pg.Pool({ connectionString: world.urls.ingest, max: 1 });
    const step = async () => {
      await compactSequences(alone);
      const { rows } = await alone.query<{ through: string }>('SELECT through FROM producer');
      return [Number(rows[0]?.through), await countGaps(alone)];
    };
    try {
      await alone.query('BEGIN');
      await alone.query('INSERT INTO arrival VALUES ($1, 1)', [CLAIMS_PRODUCER]);
      expect(await step()).toEqual([50_000, { [CLAIMS_PRODUCER]: 50_000 - 10_002 }]);
      for (const _ of ['moved', 'at its end'])
        expect(await step()).toEqual([60_002, { [CLAIMS_PRODUCER]: 50_000 }]);
      await alone.query('ROLLBACK');
    } finally {
      await alone.end();
    }
  });

  it('is missing as a whole for a producer that never sent anything', async () => {
    expect(await missing(3, 7)).toEqual([[3, 7]]);
  });

  it('is recorded with the events or not at all', async () => {
    await world.admin.query("ALTER TABLE producer ADD CONSTRAINT refused CHECK (name = '') NOT VALID");
    const failed = await send(batch([1]));
    await world.admin.query('ALTER TABLE producer DROP CONSTRAINT refused');
    await world.admin.query(`REVOKE ${APPEND} FROM audit_ingest`);
    const failedToo = await send(batch([2]));
    await world.admin.query(`GRANT ${APPEND} TO audit_ingest`);
    for (const { status } of [failed, failedToo]) expect(status).toBeGreaterThanOrEqual(500);
    expect([await rows('trail.audit_event'), await missing(1, 2)]).toEqual([[], [[1, 2]]]);
  });

  it('is what a producer sent, be it an event or not: it is not asked for again', async () => {
    await send(
      batch([1], 'no event'),
      batch([2]),
      batch([3], JSON.stringify({ v: 1, ...accessEvent({ client: { id: 'a\u0000' } }) })),
    );
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing(1, 3)).toEqual([]);
    }
    expect([(await rows('dead_letter')).length, (await rows('trail.audit_event')).length]).toEqual([2, 1]);
  });

  it('has not arrived as long as its record is not stored, though the others of its batch are', async () => {
    const early = accessEvent({ recorded: '0000-01-01T10:00:00.000Z' });
    const texts = [accessEvent(), early, accessEvent()].map(recordOf);
    const records = texts.map((text, at) => ({ sequence: at + 1, text }));
    const { tenant } = early;
    const place = { producer: CLAIMS_PRODUCER, tenant, lane: laneOf(early) };
    const inPart = signBatch(signerOf('claims-service'), { ...place, records });
    // No table can hold the second record, so they are stored one by one, and the disk is full at the third.
    await world.admin.query(`
      CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON trail.audit_event FOR EACH ROW WHEN (NEW.number = 3)
        EXECUTE FUNCTION public.full_disk()`);
    try {
      expect((await send(inPart)).status).toBeGreaterThanOrEqual(500);
      expect((await rows('trail.audit_event')).length).toBe(1);
      for (const compact of [false, true]) {
        if (compact) await compactSequences(ingest);
        expect(await missing(1, 3)).toEqual([[2, 3]]);
      }
    } finally {
      await world.admin.query(
        'DROP TRIGGER full_disk ON trail.audit_event; DROP FUNCTION public.full_disk()',
      );
    }
    expect((await send(inPart)).status).toBe(204);
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing(1, 3)).toEqual([]);
    }
    expect([(await rows('dead_letter')).length, (await rows('trail.audit_event')).length]).toEqual([1, 2]);
  });

  it('is not what only claims to come from it', async () => {
    const { signature } = batch([2]);
    expect((await send({ ...batch([1]), signature })).status).toBe(401);
    expect([await rows('trail.audit_event'), await missing(1, 1)]).toEqual([[], [[1, 1]]]);
  });

  it.each([
    '',
    'producer=x',
    'producer=x&first=0&last=1',
    'producer=x&first=5&last=4',
    'producer=x&first=1&last=99999',
  ])('is not disclosed for the malformed query "%s"', async (query) =>
    expect((await question(query)).status).toBe(400),
  );

  it('is told to nobody but the service itself, for what it asked', async () => {
    const asked = { producer: CLAIMS_PRODUCER, first: 1, last: 2 };
    expect((await question(queryOf(asked))).status).toBe(401);
    // What a later release asks besides is passed over, and needs the signature as well.
    expect((await question(`${queryOf(asked)}&more=1`)).status).toBe(401);
    expect((await question(queryOf(asked), { [QUESTION_SIGNATURE_HEADER]: 'x y' })).status).toBe(401);
    expect((await question(queryOf(asked), signed(asked, signerOf('auth-service')))).status).toBe(401);
    expect((await question(queryOf({ ...asked, last: 3 }), signed(asked))).status).toBe(401);
    expect((await question(queryOf(asked), signed(asked))).status).toBe(200);
  });
});
