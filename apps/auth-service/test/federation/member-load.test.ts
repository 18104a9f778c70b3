import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import {
  loadPlanMembers,
  type MemberLoadResult,
} from '../../src/domain/administration/members/member-load.ts';
import { administrationOf } from '../administration.ts';
import { takeEvents } from '../events.ts';
import { startWorld, type World } from '../world.ts';

const member = (number: string, name = 'Ann Gray', id = `p-${number}`) =>
  JSON.stringify({ number, patients: [{ id, relationship: 'self', name }] });

describe('member load', () => {
  let world: World;
  let pool: Pool;
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 2 });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  async function load(file: Iterable<string | Uint8Array>): Promise<MemberLoadResult & { said: string[] }> {
    const said: string[] = [];
    const chunks = Readable.from(
      (function* () {
        for (const chunk of file) yield Buffer.from(chunk);
      })(),
    );
    const result = await loadPlanMembers(administrationOf(pool), chunks, {
      reject: (line) => said.push(line),
    });
    return { ...result, said };
  }
  /** Every row with the transaction that wrote it. */
  const stored = async () =>
    (await world.db.query('SELECT number, patient, name, xmin::text FROM plan_member ORDER BY 1, 2')).rows;

  it('refuses a relationship in another spelling: it would have other rules, and not end when a child comes of age', async () => {
    const written = ['Child', 'FOSTER_CHILD', 'Personal Representative', 'self ', 'niece', 'Niece'];
    const lines = written.map((relationship, n) =>
      JSON.stringify({ number: `R-${n}`, patients: [{ id: `r${n}`, relationship, name: 'Ann Gray' }] }),
    );
    const { said, ...result } = await load([lines.join('\n')]);
    expect(said).toEqual([
      'line 1: patients.0.relationship: is written "child"',
      'line 2: patients.0.relationship: is written "foster-child"',
      'line 3: patients.0.relationship: is written "personal-representative"',
      'line 4: patients.0.relationship: is written "self"',
    ]);
    expect(result).toEqual({ lines: 6, set: 2, unchanged: 0, rejected: 4 });
    await world.db.query('TRUNCATE plan_member');
  });

  it('loads what it can read, names each other line with its reason, and quotes nothing of it', async () => {
    const lines = [
      member('L-1'),
      '',
      '{"number":',
      member('L-2'),
      '{"number":"L-3"}',
      member('L-1', 'Somebody Else'),
      '{"number":"L-4","patients":[{"id":"x","relationship":"self","name":"A"},{"id":"x","relationship":"child","name":"A"}]}',
      member('L-5', 'no\\u0000name').replace('\\\\u', '\\u'),
      `{"number":"L-6","patients":[],"rest":"${'x'.repeat(1024 * 1024)}"}`,
      member('L-7'),
      '{"number":"L-8","patients":[{"id":"x","relationship":"self","name":"A","died":"2999-01-01"}]}',
      '{"number":"L-9","patients":[{"id":"x","relationship":"self","name":"A"}],"number":"L-2"}',
      '{"number":"L-10","patients":[{"id":"x","relationship":"child","name":"A","birthDate":"2999-01-01"}]}',
    ];
    const { said, ...result } = await load([lines.join('\n')]);
    expect(result).toEqual({ lines: 12, set: 3, unchanged: 0, rejected: 9 });
    expect(said.sort()).toEqual([
      'line 11: patients.0.died: is in the future',
      'line 12: column 74: its object has this name already',
      'line 13: patients.0.birthDate: is in the future',
      'line 3: not JSON',
      'line 5: patients: Invalid input: expected array, received undefined',
      'line 6: its number stands in an earlier line',
      'line 7: patients: names a patient twice',
      'line 8: patients: a name or relationship has a control character',
      'line 9: longer than 1048576 bytes, or not UTF-8',
    ]);
    expect((await stored()).map(({ number, name }) => [number, name])).toEqual([
      ['L-1', 'Ann Gray'],
      ['L-2', 'Ann Gray'],
      ['L-7', 'Ann Gray'],
    ]);
    expect((await world.db.query('SELECT count(*)::int AS n FROM member_load_number')).rows).toEqual([
      { n: 0 },
    ]);
  });

  it('changes nothing when the same file comes twice, writes no row and no event', async () => {
    const file = [member('L-1', 'Änne Grün'), member('L-8'), member('L-8', 'Other')].join('\n');
    expect(await load([file])).toMatchObject({ set: 2, unchanged: 0, rejected: 1 });
    const before = await stored();
    await takeEvents(world);
    expect(await load([file])).toMatchObject({ set: 0, unchanged: 2, rejected: 1 });
    expect(await stored()).toEqual(before);
    expect(await takeEvents(world)).toEqual([]);
  });

  it('reads characters that two chunks share', async () => {
    const bytes = Buffer.from(`${member('L-9', 'Ünal Ökçe')}\n`);
    expect(await load(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toMatchObject({
      set: 1,
      rejected: 0,
    });
    expect((await stored()).find(({ number }) => number === 'L-9')).toMatchObject({ name: 'Ünal Ökçe' });
  });

  it('reads no further than it has stored, and is begun again after an interruption', async () => {
    const LINES = 20_000;
    let made = 0;
    let stored = 0;
    let ahead = 0;
    function* lines(until: number) {
      for (made = 0; made < until; made += 1) {
        ahead = Math.max(ahead, made - stored);
        yield Buffer.from(`${member(`B-${made}`)}\n`);
      }
    }
    const load = (file: Iterable<Buffer>) =>
      loadPlanMembers(administrationOf(pool), Readable.from(file), {
        reject: (text) => {
          throw new Error(text);
        },
        progress: (line) => (stored = line),
      });
    function* broken() {
      yield* lines(LINES / 2);
      throw new Error('the connection broke');
    }
    await expect(load(broken())).rejects.toThrow('the connection broke');
    const kept = stored;
    expect(kept).toBeGreaterThanOrEqual(LINES / 2 - 500);
    stored = 0;
    expect(await load(lines(LINES))).toEqual({
      lines: LINES,
      set: LINES - kept,
      unchanged: kept,
      rejected: 0,
    });
    // A transaction's lines and what the stream holds ready.
    expect(ahead).toBeLessThan(1_500);
  });

  it('commits lines with former numbers in small groups, for which others can wait', async () => {
    const lines = Array.from({ length: 150 }, (_nothing, n) =>
      member(`N-${n}`).replace('{', `{"formerNumber":"F-${n}",`),
    );
    const committed: number[] = [];
    await loadPlanMembers(administrationOf(pool), Readable.from([Buffer.from(lines.join('\n'))]), {
      reject: (text) => {
        throw new Error(text);
      },
      progress: (line) => committed.push(line),
    });
    expect(committed).toEqual([100, 150]);
  });

  it('keeps the statistics of the table true while a plan grows, beside a large one', async () => {
    await world.db.query(`DELETE FROM plan_member WHERE tenant = 'northwind'`);
    await world.db.query(
      `INSERT INTO plan_member (tenant, number, patient, relationship, name, position)
       SELECT 'lakeside', n, n, 'self', 'Ann Gray', 0 FROM generate_series(1, 50000) n`,
    );
    await world.db.query('ANALYZE plan_member');
    const LINES = 20_000;
    await load(Array.from({ length: LINES }, (_nothing, n) => `${member(`S-${n}`)}\n`));
    const { rows } = await world.db.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) SELECT FROM plan_member WHERE tenant = 'northwind'`,
    );
    const believed = rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
    // Statistics come again at four times as many.
    expect(believed).toBeGreaterThan(LINES / 8);
  });
});
