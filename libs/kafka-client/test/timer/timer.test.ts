/** kafkajs sets timers without need, and goes by the clock (src/kafkajs/timer.ts). It is tried here as it is after the repair. */
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setClockBack } from '@patient-access/testing';
import '../../src/kafkajs/timer.ts';
import type { ConsumerGroup, RequestQueue } from '../../src/kafkajs/timer.ts';

interface Queue extends RequestQueue {
  push(request: object): void;
  fulfillRequest(answer: { correlationId: number; payload: object; size: number }): void;
  maybeThrottle(ms: number): void;
}

const require = createRequire(import.meta.url);
const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
const Group = require('kafkajs/src/consumer/consumerGroup') as new (options: object) => ConsumerGroup;

describe("kafkajs' queue of requests", () => {
  let queue: Queue;
  let sent: number[];
  let timers: jest.SpiedFunction<typeof setTimeout>;

  beforeEach(() => {
    sent = [];
    queue = new Queue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger: { debug: () => undefined } });
    timers = jest.spyOn(globalThis, 'setTimeout');
  });
  afterEach(() => {
    timers.mockRestore();
    if (queue.throttleCheckTimeoutId) clearTimeout(queue.throttleCheckTimeoutId);
  });

  const request = (correlationId: number) => {
    const entry = { correlationId, apiName: 'Fetch', resolve: () => undefined, reject: () => undefined };
    queue.push({ entry, expectResponse: true, sendRequest: () => sent.push(correlationId) });
  };
  const answer = (correlationId: number) => queue.fulfillRequest({ correlationId, payload: {}, size: 1 });

  it('sets no timer while no request waits', () => {
    request(1);
    answer(1);
    expect(sent).toEqual([1]);
    expect(timers).not.toHaveBeenCalled();
  });

  it('sends what waits when the answer before it has come', () => {
    request(1);
    request(2);
    expect(sent).toEqual([1]);
    answer(1);
    expect(sent).toEqual([1, 2]);
  });

  it('sends what waits when the brokers do not slow it down any more, and sets one timer of a positive time', async () => {
    queue.maybeThrottle(50);
    request(1);
    request(2);
    expect(sent).toEqual([]);
    const times = timers.mock.calls.map(([, ms]) => Number(ms));
    expect(times).toHaveLength(1);
    expect(times[0]).toBeGreaterThan(0);
    while (sent.length === 0) await new Promise((done) => setImmediate(done));
    answer(1);
    expect(sent).toEqual([1, 2]);
  });

  it('sends after the brokers have slowed it down, also when the clock is set back', () => {
    queue.maybeThrottle(1_000);
    const mend = setClockBack(1_001);
    request(1);
    mend();
    expect(sent).toEqual([1]);
  });
});

it('a consumer of kafkajs says that it lives, also when the clock is set back', async () => {
  const quiet = { namespace: () => undefined };
  const group = new Group({ logger: quiet, instrumentationEmitter: { emit: () => undefined } });
  let told = 0;
  Object.assign(group, { memberId: 'member', coordinator: { heartbeat: async () => (told += 1) } });
  const mend = setClockBack(0);
  try {
    await group.heartbeat({ interval: 50 });
    expect(told).toBe(0);
    await delay(60);
    await group.heartbeat({ interval: 50 });
    expect(told).toBe(1);
  } finally {
    mend();
  }
});
