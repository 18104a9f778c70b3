/** Verifies lanes at the same time: chains of different lanes do not know of each other. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LANES } from '@patient-access/events';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { type LaneVerdict, type Verdict, verdictOf, type VerifierKeys } from './verify.ts';

/** While one thread computes, another one's database reads. */
const MIN_THREADS = 2;
const MAX_THREADS = 8;

/** What each thread gets; keys and checkpoints are copied. */
export interface ThreadData {
  /** of the auditor role */
  url: string;
  tenant: string;
  keys: VerifierKeys;
  published: readonly Checkpoint[];
}

/** Named in a way that the image's list of files knows: nothing imports the thread. */
const worker = (workerData: ThreadData) =>
  new Worker(new URL(import.meta.resolve('./lane-thread.js')), { workerData });

/** Gives a thread one lane after the other, as long as there are any. */
function run(thread: Worker, lanes: Iterator<number>, onVerdict: (lane: number, of: LaneVerdict) => void) {
  return new Promise<void>((resolve, reject) => {
    let lane = -1;
    const next = () => {
      const { value, done } = lanes.next();
      lane = done ? -1 : Number(value);
      thread.postMessage(done ? 'end' : lane);
    };
    thread.on('message', (verdict: LaneVerdict) => {
      onVerdict(lane, verdict);
      next();
    });
    thread.once('error', reject);
    thread.once('exit', () => resolve());
    next();
  });
}

/** Verifies one tenant's chains, each as {@link verifyLane} does. @throws Error when one of them cannot be read */
export async function verifyInThreads(data: ThreadData): Promise<Verdict> {
  const verdicts: LaneVerdict[] = [];
  const lanes = Array.from({ length: LANES }, (_, lane) => lane).values();
  const count = Math.min(Math.max(MIN_THREADS, availableParallelism()), MAX_THREADS);
  const threads = Array.from({ length: count }, () => worker(data));
  try {
    await Promise.all(
      threads.map((thread) => run(thread, lanes, (lane, verdict) => (verdicts[lane] = verdict))),
    );
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  return verdictOf(data.tenant, verdicts);
}
