/**
 * kafkajs 2.2.4 sets a timer after each answer, also when no request waits, and each timer sets the next: while a connection
 * lives, it wakes the process about a thousand times a second. The time that it gives is negative then, which Node 24 warns
 * about. This sets a timer when a request waits, and not otherwise. When the brokers slow the client down and nothing
 * waits, the next request that waits sets it (`push`).
 */
import { createRequire } from 'node:module';

/** An overloaded queue is looked at again after this time, as kafkajs does. */
const CHECK_MS = 10;

export interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** kafkajs publishes no type of it. */
const { prototype: requestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};

if (typeof requestQueue.scheduleCheckPendingRequests !== 'function')
  throw new Error('kafkajs has changed: look at kafkajs/timer.ts');

requestQueue.scheduleCheckPendingRequests = function () {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_MS,
  );
};
