/** What becomes of a process when nobody takes its log: the disk is full, or whoever reads it stands still. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { COMPILE_CACHE, endProcess, waitUntil } from '@patient-access/testing';
import { MOST_KEPT_CHARACTERS } from '../../src/log-writer.ts';

const program = (name: string) => join(import.meta.dirname, name);
/** Of Linux: whatever is written to it, there is no room. */
const FULL_DISK = '/dev/full';
const where = { fullDisk: existsSync(FULL_DISK) ? test : test.skip };
const WITHIN_MS = 30_000;
const CHARACTERS = 1_000;
/** Half as many again as are kept. */
const LINES = Math.ceil((1.5 * MOST_KEPT_CHARACTERS) / CHARACTERS);

let child: ChildProcess | undefined;
afterEach(async () => {
  if (child) await endProcess(child, 'SIGKILL');
});

function logOn(stdout: number | 'pipe'): { process: ChildProcess; said(): string } {
  const args = [program('log-on.js'), String(LINES), String(CHARACTERS)];
  const process_ = (child = spawn(process.execPath, args, {
    env: COMPILE_CACHE,
    stdio: ['pipe', stdout, 'pipe'],
  }));
  let said = '';
  process_.stderr?.on('data', (chunk) => (said += String(chunk)));
  return { process: process_, said: () => said };
}

async function end(logging: ChildProcess): Promise<unknown> {
  const ended = once(logging, 'exit');
  logging.stdin?.end();
  return ended;
}

describe('on a disk that is full', () => {
  where.fullDisk.each(['plain', 'fatal'])('a process that has logged ends (%s)', (kind) => {
    const { status, signal } = spawnSync(process.execPath, [program('log-once.js'), kind, ''], {
      env: COMPILE_CACHE,
      stdio: ['ignore', openSync(FULL_DISK, 'w'), 'inherit'],
      timeout: WITHIN_MS,
      killSignal: 'SIGKILL',
    });
    expect([status, signal]).toEqual([1, null]);
  });

  where.fullDisk('a process goes on, and ends when it is asked to', async () => {
    const { process: logging, said } = logOn(openSync(FULL_DISK, 'w'));
    await waitUntil(() => said().includes('runs'), { withinMs: WITHIN_MS });
    expect(await end(logging)).toEqual([0, null]);
  });
});

describe('while nobody reads the log', () => {
  test('a process ends when it is asked to', async () => {
    const { process: logging, said } = logOn('pipe');
    await waitUntil(() => said().includes('logged'), { withinMs: WITHIN_MS });
    expect(await end(logging)).toEqual([0, null]);
  }, 60_000);

  test('a process keeps a part of it, and says later how many lines it has left out', async () => {
    const { process: logging, said } = logOn('pipe');
    await waitUntil(() => said().includes('logged'), { withinMs: WITHIN_MS });
    let log = '';
    logging.stdout?.on('data', (chunk) => (log += String(chunk)));
    logging.stdin?.write('read');
    await waitUntil(() => log.includes('goes on'), { withinMs: WITHIN_MS });
    expect(await end(logging)).toEqual([0, null]);
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const kept = lines.filter(({ text }) => text !== undefined).length;
    const leftOut = lines.reduce((sum, { lines: count = 0 }) => sum + Number(count), 0);
    expect(kept + leftOut).toBe(LINES);
    expect(leftOut).toBeGreaterThan(0);
    expect(kept).toBeGreaterThan(MOST_KEPT_CHARACTERS / 2 / CHARACTERS);
  });
});
