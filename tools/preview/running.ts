/** Allows one preview for each directory, and ends the processes that a killed preview has left. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { processStart } from './process-start.ts';
import { damaged, readWhole, writeWhole } from './whole-file.ts';

/** The lock of a directory, held until it is released. */
export interface DirectoryLock {
  /** Notes a process that the next preview has to end if this preview is killed. */
  add(pid: number | undefined): Promise<void>;
  release(): Promise<void>;
}

/** The supervisor is the first one. The number alone proves nothing, as numbers are used again. */
const Recorded = z.array(z.object({ pid: z.int().positive(), started: z.string() }));
type RecordedProcess = z.infer<typeof Recorded>[number];

const isRunning = ({ pid, started }: RecordedProcess) => processStart(pid) === started;

const fileOf = (directory: string) => join(directory, 'running.json');

/** @throws Error with one line and the cure when the file is damaged */
async function recordedIn(directory: string): Promise<RecordedProcess[]> {
  const file = fileOf(directory);
  const { success, data } = Recorded.safeParse((await readWhole(file)) ?? []);
  if (!success) throw damaged(file);
  return data;
}

/** @returns whether the supervisor of this directory runs */
export async function isPreviewRunning(directory: string): Promise<boolean> {
  const [supervisor] = await recordedIn(directory);
  return supervisor !== undefined && isRunning(supervisor);
}

/** @returns the numbers of a running preview's processes, in the order in which they were started; the supervisor first */
export async function previewProcesses(directory: string): Promise<number[]> {
  return (await recordedIn(directory)).map(({ pid }) => pid);
}

const GONE_MS = 10_000;

async function endLeftOver(processes: readonly RecordedProcess[]): Promise<void> {
  const leftOver = processes.filter(isRunning);
  for (const { pid } of leftOver) process.kill(pid, 'SIGINT');
  const deadline = Date.now() + GONE_MS;
  while (leftOver.some(isRunning)) {
    const [still] = leftOver.filter(isRunning);
    if (still && Date.now() > deadline)
      throw new Error(`process ${still.pid} of an earlier start does not end: kill ${still.pid}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/**
 * Locks a directory.
 *
 * @param fresh what a damaged file says is not needed, as the data are made anew
 * @throws Error with one line when a preview already runs there
 */
export async function claimDirectory(directory: string, fresh = false): Promise<DirectoryLock> {
  const file = fileOf(directory);
  const [supervisor, ...children] = await recordedIn(directory).catch((error: unknown) => {
    if (fresh) return [];
    throw error;
  });
  if (supervisor && supervisor.pid !== process.pid && isRunning(supervisor))
    throw new Error(`a preview is already running here (process ${supervisor.pid})`);
  await endLeftOver(children);
  const processes: RecordedProcess[] = [];
  // The writes run one after the other, because two concurrent writes could mix their contents.
  let written: Promise<void> = Promise.resolve();
  const add = (pid: number | undefined): Promise<void> => {
    const started = pid === undefined ? undefined : processStart(pid);
    if (pid !== undefined && started !== undefined && !processes.some((each) => each.pid === pid))
      processes.push({ pid, started });
    const content = JSON.stringify(processes);
    written = written.then(() => writeWhole(file, content));
    return written;
  };
  await add(process.pid);
  return { add, release: () => written.then(() => rm(file, { force: true })) };
}
