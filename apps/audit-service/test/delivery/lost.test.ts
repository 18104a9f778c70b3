/** Numbers that never come, as the operators record them: they are no gap any more, and have not arrived. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { laneOf, recordOf, signBatch } from '@patient-access/events';
import pg from 'pg';
import {
  compactSequences,
  countBehind,
  countGaps,
  missingSequences,
} from '../../src/delivery/producer-sequences.ts';
import { recordLost } from '../../src/delivery/lost-numbers.ts';
import { type OperatorsWorld, startOperatorsWorld } from '../operators.ts';
import { accessEvent, CLAIMS_PRODUCER, signerOf, type World } from '../world.ts';

describe('numbers that never come', () => {
  let operators: OperatorsWorld;
  let world: World;
  let ingest: pg.Pool;
  beforeAll(async () => {
    operators = await startOperatorsWorld();
    ({ world } = operators);
    ingest = new pg.Pool({ connectionString: world.urls.ingest, max: 2 });
  });
  afterEach(() => world.empty());
  afterAll(async () => {
    await ingest?.end();
    await operators?.stop();
  });

  const event = accessEvent();
  const send = async (sequences: readonly number[], text?: string) => {
    const records = sequences.map((sequence) => ({ sequence, text: text ?? recordOf(accessEvent()) }));
    const place = { producer: CLAIMS_PRODUCER, tenant: event.tenant, lane: laneOf(event) };
    expect((await world.send([signBatch(signerOf('claims-service'), { ...place, records })])).status).toBe(
      204,
    );
  };
  const threeMinutesPass = () =>
    operators.tamper("UPDATE trail.batch SET stored = stored - interval '3 minutes'");
  const gap = (first: number, last: number) => ({ producer: CLAIMS_PRODUCER, first, last });
  const listed = async () => JSON.parse((await operators.auditHere(['lost'])).stdout) as unknown;
  const record = (...gaps: ReturnType<typeof gap>[]) => {
    const file = join(operators.folder, 'numbers.json');
    writeFileSync(file, JSON.stringify(gaps));
    return operators.auditHere(['lost', '--records', file, '--reason', 'ticket 17']);
  };
  const missing = () => missingSequences(ingest, CLAIMS_PRODUCER, [1, 11]);
  const gaps = async () => {
    await compactSequences(ingest);
    return [await countBehind(ingest), await countGaps(ingest)];
  };
  const acts = async () => {
    const { rows } = await world.admin.query<{ body: string }>(
      `DELETE FROM outbox WHERE body LIKE '%"lost"%' RETURNING body`,
    );
    return rows.map(({ body }) => JSON.parse(body) as unknown);
  };

  it('are no gap any more, and each plan’s trail says who recorded it and why', async () => {
    await send([1, 2]);
    await send([5]);
    await send([9, 10]);
    // What came a moment ago may be followed by what was sent before it.
    expect(await listed()).toEqual([]);
    await threeMinutesPass();
    expect(await listed()).toEqual([gap(3, 4), gap(6, 8)]);
    // A part of a gap may still come.
    expect(JSON.parse((await record(gap(3, 4), gap(6, 7))).stdout)).toEqual({ recorded: 4 });
    expect([await listed(), await gaps()]).toEqual([[gap(8, 8)], [1, { [CLAIMS_PRODUCER]: 1 }]]);
    const [act, ...more] = await acts();
    expect(more).toEqual([]);
    expect(act).toMatchObject({
      ...{ tenant: event.tenant, kind: 'trail', action: 'lost', count: 4 },
      request: `4 events that never come: ticket 17 (${CLAIMS_PRODUCER} 3–4, ${CLAIMS_PRODUCER} 6–7)`,
    });
    expect((await record(gap(8, 8))).status).toBe(0);
    expect([await listed(), await gaps()]).toEqual([[], [0, {}]]);
    await acts();
  });

  it('have not arrived: what an outbox still has is asked for, and stored or a dead letter as any other', async () => {
    await send([1, 5]);
    await send([10]);
    await threeMinutesPass();
    expect((await record(gap(2, 4), gap(6, 9))).status).toBe(0);
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing()).toEqual([
        [2, 4],
        [6, 9],
        [11, 11],
      ]);
    }
    await send([3]);
    await send([7], 'no event');
    for (const compact of [false, true]) {
      if (compact) await compactSequences(ingest);
      expect(await missing()).toEqual(
        [2, 4, 6]
          .map((one) => [one, one])
          .concat([
            [8, 9],
            [11, 11],
          ]),
      );
    }
    const { rows } = await world.admin.query('SELECT number FROM trail.audit_event WHERE number = 3');
    expect([rows.length, await gaps()]).toEqual([1, [0, {}]]);
    await acts();
  });

  it('are none that have come, that nobody sent yet, or that a dead letter may have', async () => {
    await send([1, 2]);
    await send([4]);
    await threeMinutesPass();
    const refused = async (...named: ReturnType<typeof gap>[]) => {
      const { status, stderr } = await record(...named);
      return [status, stderr.trim()];
    };
    const notMissing = (numbers: string) => [
      1,
      `${CLAIMS_PRODUCER} ${numbers} is not what is missing now: list it again; nothing is recorded`,
    ];
    expect(await refused(gap(3, 3), gap(1, 2))).toEqual(notMissing('1–2'));
    expect(await refused(gap(3, 4))).toEqual(notMissing('3–4'));
    expect(await refused(gap(5, 6))).toEqual(notMissing('5–6'));
    expect(await refused(gap(3, 3), gap(3, 3))).toEqual([
      1,
      `${CLAIMS_PRODUCER} 3 is named twice; nothing is recorded`,
    ]);
    expect((await refused(gap(3, 2)))[0]).toBe(2);
    expect(operators.audit(['lost', '--records', '/dev/null']).status).toBe(2);
    await send([6], 'no event');
    expect(await refused(gap(3, 3))).toEqual([
      1,
      'dead letters wait (1), which may be these: deal with them first; nothing is recorded',
    ]);
    expect([await listed(), await acts()]).toEqual([[gap(3, 3)], []]);
    const many = Array.from({ length: 1_001 }, () => gap(3, 3));
    expect(await refused(...many)).toEqual([1, '1001 ranges are more than 1000: name them in parts']);
  });

  it('are missing below one that is no event, too, from two minutes after its dead letter', async () => {
    await send([1, 2]);
    await threeMinutesPass();
    await send([5], 'no event');
    expect([await gaps(), await listed()]).toEqual([[0, { [CLAIMS_PRODUCER]: 2 }], []]);
    await operators.tamper(
      "UPDATE dead_letter SET received_at = received_at - interval '3 minutes', replayed_at = now()",
    );
    expect(await listed()).toEqual([gap(3, 4)]);
    expect((await record(gap(3, 4))).status).toBe(0);
    expect([await gaps(), await listed()]).toEqual([[0, {}], []]);
    await acts();
  });

  it('are each named by the trail, in several events if one cannot hold them', async () => {
    const numbers = Array.from({ length: 151 }, (_, at) => at * 2 + 1);
    await send(numbers);
    await threeMinutesPass();
    expect((await record(...numbers.slice(1).map((number) => gap(number - 1, number - 1)))).status).toBe(0);
    const found = (await acts()) as { count: number; request: string }[];
    expect(found.length).toBeGreaterThan(1);
    const named = found.flatMap(({ count, request }) => {
      const [, list = ''] = /^\d+ events that never come: ticket 17 \((.*)\)$/.exec(request) ?? [];
      const part = list.split(', ');
      expect(part).toHaveLength(count);
      return part;
    });
    expect(named).toEqual(numbers.slice(1).map((number) => `${CLAIMS_PRODUCER} ${number - 1}`));
  });

  it('are recorded once by two operators at once', async () => {
    await send([1, 3]);
    await threeMinutesPass();
    const others = new pg.Client({ connectionString: world.urls.owner });
    await others.connect();
    try {
      const outcomes = await Promise.allSettled(
        [operators.owner, others].map((owner) =>
          recordLost(owner, [gap(2, 2)], { reason: 'ticket 17', by: 'ops' }),
        ),
      );
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    } finally {
      await others.end();
    }
    expect(await acts()).toHaveLength(1);
  });
});
