/** A thread that verifies the lanes which it is given, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { COMMAND, createPool } from '@patient-access/database';
import type { ThreadData } from './lane-threads.ts';
import { TrailRecords } from './records.ts';
import { verifyLane } from './verify.ts';

/** Nobody else waits for this thread. A statement looks into each month's table, however few records it reads. */
const AT_A_TIME = 2_000;

const { url, tenant, keys, published } = workerData as ThreadData;
// A verification must leave out nothing, so one batch may take as long as it needs.
const auditor = await createPool(url, { ...COMMAND, max: 1, readOnly: true });
const records = new TrailRecords(auditor, AT_A_TIME);

async function verify(lane: number): Promise<void> {
  parentPort?.postMessage(await verifyLane(records, { tenant, lane }, keys, published));
}

parentPort?.on('message', (lane: number | 'end') => {
  if (lane === 'end') {
    parentPort?.close();
    void auditor.end();
    return;
  }
  verify(lane).catch((error: unknown) => {
    // Told to who waits, as an error of this thread.
    setImmediate(() => {
      throw error;
    });
  });
});
