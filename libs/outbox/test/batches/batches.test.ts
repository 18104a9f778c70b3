/** What one message to the brokers holds, whatever is in the events. The contract of tools/kafka sends such messages. */
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type AccessEvent, batchText, partitionKey, recordOf, signBatches } from '@patient-access/events';
import { MAX_MESSAGE_BYTES } from '@patient-access/kafka-client';
import { unsignedBatches } from '../../src/batches.ts';
import type { NumberedEvent } from '../../src/rows.ts';
import { newEvent, SIGNER } from '../world.ts';

const PRODUCER = `claims-service/${randomUUID()}`;

const numbered = (events: readonly AccessEvent[], lane = 3): NumberedEvent[] =>
  events.map((event, at) => ({ tenant: 'north', lane, sequence: at + 1, text: recordOf(event) }));

const messagesOf = (events: readonly NumberedEvent[]) =>
  signBatches(SIGNER, unsignedBatches(PRODUCER, events)).map(
    (batch) => partitionKey(batch) + batchText(batch),
  );
const largestOf = (messages: readonly string[]) =>
  Math.max(...messages.map((each) => Buffer.byteLength(each)));

describe('the batches of a delivery', () => {
  it.each([
    ['of one byte', () => randomBytes(3_000).toString('base64')],
    ['of two bytes', () => 'ü'.repeat(4_096)],
    ['of three bytes', () => '界'.repeat(4_096)],
    ['of four bytes', () => '🩺'.repeat(2_048)],
    ['that JSON writes with a backslash', () => '\\'.repeat(4_096)],
  ])('are messages that brokers take, with long requests in characters %s', (_which, requestText) => {
    const events = numbered(Array.from({ length: 500 }, () => newEvent({ request: requestText() })));
    const batches = unsignedBatches(PRODUCER, events);
    expect(batches.flatMap(({ records }) => records)).toEqual(events);
    expect(largestOf(messagesOf(events))).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  it('are one for each tenant and lane where the events are short', () => {
    const events = numbered(Array.from({ length: 1_000 }, () => newEvent()));
    const others = numbered([newEvent()], 4);
    expect(
      unsignedBatches(PRODUCER, [...events, ...others]).map(({ lane, records }) => [lane, records.length]),
    ).toEqual([
      [3, 1_000],
      [4, 1],
    ]);
  });

  it('hold an event of the greatest page, which brokers take too', () => {
    const name = () => `${randomBytes(48).toString('base64url')}/${randomBytes(8).toString('hex')}`;
    const names = (count: number) => Array.from({ length: count }, name).join(' ');
    const event = newEvent({
      action: 'search-type',
      scope: 's'.repeat(8_192),
      request: '界'.repeat(4_096),
      released: Array.from({ length: 256 }, () => 'l'.repeat(256)),
      // A page with ten includes, of which each may bring a thousand resources.
      resources: Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`Type${at}`, names(1_000)])),
    });
    const messages = messagesOf(numbered([newEvent(), event, newEvent()]));
    expect(largestOf(messages)).toBeLessThan(MAX_MESSAGE_BYTES);
  });
});
