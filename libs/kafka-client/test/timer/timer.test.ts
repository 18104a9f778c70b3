/** kafkajs sets timers without need (src/kafkajs/timer.ts). Its own queue is tried here, as it is after the repair. */
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import '../../src/kafkajs/timer.ts';
import type { RequestQueue } from '../../src/kafkajs/timer.ts';

interface Queue extends RequestQueue {
  push(request: object): void;
  fulfillRequest(answer: { correlationId: number; payload: object; size: number }): void;
  maybeThrottle(ms: number): void;
}

const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

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
});
