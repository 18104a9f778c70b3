/** Allows one preview for each directory, and ends the processes that a killed preview has left. */
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The lock of a directory, held until it is released. */
export interface DirectoryLock {
  /** Notes a process that the next preview has to end if this preview is killed. */
  add(pid: number | undefined): Promise<void>;
  release(): Promise<void>;
}

/**
 * @returns the command line of a process, empty when there is none. The pid alone proves nothing, as pids are used
 * again.
 */
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

/** Locks a directory. @throws Error with one line when a preview already runs there */
export async function claimDirectory(directory: string): Promise<DirectoryLock> {
  const file = join(directory, 'running.json');
  const recorded = await readFile(file, 'utf8').catch(() => '[]');
  const [supervisor, ...children] = JSON.parse(recorded) as number[];
  if (supervisor !== undefined && supervisor !== process.pid && isOurs(supervisor)) {
    throw new Error(`a preview is already running here (process ${supervisor})`);
  }
  await endLeftOver(children);
  const pids = [process.pid];
  // The writes run one after the other, because two concurrent writes could mix their contents.
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
