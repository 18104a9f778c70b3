/** `member load` in a process whose heap is too small for the file. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';

/** The command itself needs 48 MB. */
const HEAP_MB = 56;
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

  /** Runs the compiled command. @returns what it printed; an exit code other than 0 is told as well */
  async function load(lines: Iterable<string>): Promise<string> {
    const program = join(import.meta.dirname, '../../dist/admin.js');
    const words = [`--max-old-space-size=${HEAP_MB}`, program, 'member', 'load', '--tenant', 'northwind'];
    const env = { DATABASE_URL: world.databaseUrl, KEY_ENCRYPTION_KEY: world.master.toString('base64url') };
    const child = spawn(process.execPath, words, { env });
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
      const LINES = 24;
      expect(await load(numbered(LINES, 3_000))).toContain(`"set": ${LINES}`);
    },
    LOAD_MS,
  );
});
