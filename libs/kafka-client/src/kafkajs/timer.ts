/**
 * kafkajs 2.2.4 sets a timer after each answer, also when no request waits, and each timer sets the next: while a connection
 * lives, it wakes the process about a thousand times a second. The time that it gives is negative then, which Node 24 warns
 * about. This sets a timer when a request waits, and not otherwise. When the brokers slow the client down and nothing
 * waits, the next request that waits sets it (`push`).
 *
 * kafkajs also goes by the clock. Set back by an hour it would send nothing for an hour to brokers that have slowed it down once,
 * and its consumers would not say that they live.
 */
import { createRequire } from 'node:module';

/** An overloaded queue is looked at again after this time, as kafkajs does. */
const CHECK_MS = 10;

export interface RequestQueue {
  pending: unknown[];
  inflight: Map<number, unknown>;
  maxInFlightRequests: number | null;
  /** `performance.now()` */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  maybeThrottle(ms: number | null): void;
  canSendSocketRequestImmediately(): boolean;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

export interface ConsumerGroup {
  /** milliseconds since the epoch */
  lastRequest: number;
  heartbeat(options: { interval: number }): Promise<void>;
}

/** kafkajs publishes no types of them. */
const require = createRequire(import.meta.url);
const { prototype: requestQueue } = require('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};
const { prototype: consumerGroup } = require('kafkajs/src/consumer/consumerGroup') as {
  prototype: ConsumerGroup;
};

const replaced = [
  requestQueue.scheduleCheckPendingRequests,
  requestQueue.maybeThrottle,
  requestQueue.canSendSocketRequestImmediately,
  consumerGroup.heartbeat,
];
if (!replaced.every((each) => typeof each === 'function'))
  throw new Error('kafkajs has changed: look at kafkajs/timer.ts');

requestQueue.maybeThrottle = function (ms) {
  if (ms) this.throttledUntil = Math.max(performance.now() + ms, this.throttledUntil);
};

requestQueue.canSendSocketRequestImmediately = function () {
  const isFull = this.maxInFlightRequests !== null && this.inflight.size >= this.maxInFlightRequests;
  return !isFull && this.throttledUntil <= performance.now();
};

requestQueue.scheduleCheckPendingRequests = function () {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - performance.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_MS,
  );
};

const { heartbeat } = consumerGroup;
consumerGroup.heartbeat = function (options) {
  this.lastRequest = Math.min(this.lastRequest, Date.now());
  return heartbeat.call(this, options);
};
