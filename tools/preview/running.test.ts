import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStart } from './process-start.ts';
import { claimDirectory, isPreviewRunning } from './running.ts';

let directory: string;
let other: ChildProcess;
const file = () => join(directory, 'running.json');
const record = (processes: object[]) => writeFileSync(file(), JSON.stringify(processes));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'patient-access-running-'));
  other = spawn('sleep', ['60']);
  await new Promise((done) => other.once('spawn', done));
});
afterEach(() => {
  other.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const recorded = (child: ChildProcess) => ({
  pid: child.pid ?? 0,
  started: processStart(child.pid ?? 0) ?? '',
});

describe('the lock of a directory', () => {
  test('is refused while the supervisor that holds it runs', async () => {
    record([recorded(other)]);
    expect(await isPreviewRunning(directory)).toBe(true);
    await expect(claimDirectory(directory)).rejects.toThrow(
      `a preview is already running here (process ${other.pid})`,
    );
  });

  test('is given when another process has the number of the old supervisor, which is left alone', async () => {
    record([
      { ...recorded(other), started: 'at another time' },
      { ...recorded(other), started: 'long ago' },
    ]);
    const lock = await claimDirectory(directory);
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual([
      { pid: process.pid, started: processStart(process.pid) },
    ]);
    await lock.release();
    expect(await isPreviewRunning(directory)).toBe(false);
  });

  test('ends what a killed preview has left', async () => {
    const ended = new Promise((done) => other.once('exit', (_, signal) => done(signal)));
    record([{ pid: 1, started: 'before' }, recorded(other)]);
    await claimDirectory(directory);
    expect(await ended).toBe('SIGINT');
  });

  test.each(['', '{"pid"', '[{"pid":"7"}]'])(
    'names a damaged file and the cure for it: %j',
    async (content) => {
      writeFileSync(file(), content);
      await expect(claimDirectory(directory)).rejects.toThrow(
        `${file()} is damaged; begin with new data: npm start -- --fresh`,
      );
      const lock = await claimDirectory(directory, true);
      expect(await isPreviewRunning(directory)).toBe(true);
      await lock.release();
    },
  );
});

test('a process that has ended has no start', async () => {
  const pid = other.pid ?? 0;
  other.kill('SIGKILL');
  await new Promise((done) => other.once('exit', done));
  expect(processStart(pid)).toBeUndefined();
});
