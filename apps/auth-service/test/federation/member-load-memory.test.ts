/** `member load` as the command that it is, in a process whose heap is too small for the file. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { startWorld, type World } from '../world.ts';

/** The command itself needs 40 to 48 MB, by the mood of the collector. All lines of a file below need far more. */
const HEAP_MB = 72;
const LOAD_MS = 300_000;

/** A line as long as a name may make it. @param patients that its number opens */
function line(number: number, patients: number): string {
  const list = Array.from({ length: patients }, (_nothing, n) => ({
    id: `p-${number}-${n}`,
    relationship: n === 0 ? 'self' : 'child',
    name: 'A'.repeat(100),
  }));
  return `${JSON.stringify({ number: `N-${number}`, patients: list })}\n`;
}

describe('the memory of member load', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  /** Starts the compiled command. */
  function start(): ChildProcessByStdio<Writable, Readable, Readable> {
    const program = join(import.meta.dirname, '../../dist/admin.js');
    const words = [`--max-old-space-size=${HEAP_MB}`, program, 'member', 'load', '--tenant', 'northwind'];
    const env = { DATABASE_URL: world.databaseUrl, KEY_ENCRYPTION_KEY: world.master.toString('base64url') };
    return spawn(process.execPath, words, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  }
  /** Gives it a file. @returns what it printed; an exit code other than 0 is told as well */
  async function load(lines: Iterable<string>): Promise<string> {
    const child = start();
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (said = (said + String(chunk)).slice(-2_000)));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    // A command that is out of memory closes its end.
    await pipeline(Readable.from(lines), child.stdin).catch(() => undefined);
    const code = await ended;
    return code === 0 ? said : `exit code ${code}: ${said}`;
  }
  function* numbered(count: number, patients: number) {
    for (let number = 0; number < count; number += 1) yield line(number, patients);
  }

  it(
    'does not grow with the number of lines, whether they are loaded or say nothing new',
    async () => {
      const LINES = 40_000;
      const loaded = `"lines": ${LINES},\n  "set": ${LINES}`;
      expect(await load(numbered(LINES, 1))).toContain(loaded);
      expect(await load(numbered(LINES, 1))).toContain(`"set": 0,\n  "unchanged": ${LINES}`);
    },
    LOAD_MS,
  );

  it(
    'does not grow with the length of lines',
    async () => {
      const LINES = 60;
      expect(await load(numbered(LINES, 3_000))).toContain(`"set": ${LINES}`);
    },
    LOAD_MS,
  );

  it(
    'is killed in the middle, is begun again, and each line is there once',
    async () => {
      // Half of them are two groups.
      const LINES = 8_000;
      const stored = async () => {
        const { rows } = await world.db.query<{ rows: number; numbers: number }>(
          `SELECT count(*)::int AS rows, count(DISTINCT number)::int AS numbers FROM plan_member WHERE tenant = 'northwind'`,
        );
        return rows[0] ?? { rows: 0, numbers: 0 };
      };
      await world.db.query(`DELETE FROM plan_member WHERE tenant = 'northwind'`);
      const child = start();
      child.stdin.on('error', () => undefined);
      // Half of the file; the command waits for the rest, in the middle of a group.
      for (const text of numbered(LINES / 2 + 500, 1))
        if (!child.stdin.write(text)) await once(child.stdin, 'drain');
      const failure = () => 'half of the file is not stored';
      await waitUntil(async () => (await stored()).rows >= LINES / 2, { withinMs: LOAD_MS, failure });
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);
      expect(await stored()).toEqual({ rows: LINES / 2, numbers: LINES / 2 });
      const resumed = `"lines": ${LINES},\n  "set": ${LINES / 2},\n  "unchanged": ${LINES / 2}`;
      expect(await load(numbered(LINES, 1))).toContain(resumed);
      expect(await stored()).toEqual({ rows: LINES, numbers: LINES });
    },
    LOAD_MS,
  );
});
