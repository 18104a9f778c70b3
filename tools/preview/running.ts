/** One preview per directory, and nothing left over from one that was killed. */
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The right to run in a directory, held until released. */
export interface DirectoryLock {
  /** A process to be ended by whoever comes next, should this one be killed. */
  add(pid: number | undefined): Promise<void>;
  release(): Promise<void>;
}

/** @returns the command line of a process, empty when there is none: a pid alone may by now be anybody's */
function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

const isOurs = (pid: number) =>
  /tools\/preview\/main\.ts|apps\/[a-z-]+\/dist\/main\.js|bin\/postgres -D/.test(commandOf(pid));

const GONE_MS = 10_000;

async function endLeftOver(pids: readonly number[]): Promise<void> {
  const leftOver = pids.filter(isOurs);
  for (const pid of leftOver) process.kill(pid, 'SIGINT');
  const deadline = Date.now() + GONE_MS;
  while (leftOver.some(isOurs) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 100));
}

/** @throws Error with one line when a preview is already running there */
export async function claimDirectory(directory: string): Promise<DirectoryLock> {
  const file = join(directory, 'running.json');
  const recorded = await readFile(file, 'utf8').catch(() => '[]');
  const [supervisor, ...children] = JSON.parse(recorded) as number[];
  if (supervisor !== undefined && supervisor !== process.pid && isOurs(supervisor)) {
    throw new Error(`a preview is already running here (process ${supervisor})`);
  }
  await endLeftOver(children);
  const pids = [process.pid];
  // One after the other: two writers at once leave what is neither.
  let written = writeFile(file, JSON.stringify(pids));
  await written;
  return {
    add(pid) {
      if (pid !== undefined && !pids.includes(pid)) pids.push(pid);
      written = written.then(() => writeFile(file, JSON.stringify(pids)));
      return written;
    },
    release: () => rm(file, { force: true }),
  };
}
