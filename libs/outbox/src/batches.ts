import { partsWithin } from '@patient-access/concurrency';
import type { UnsignedBatch } from '@patient-access/events';
import { MAX_MESSAGE_BYTES } from '@patient-access/kafka-client';
import type { NumberedEvent } from './rows.ts';

/** About what a record has beside its text: its number, and its part of the line about the batch. */
const FRAME_BYTES = 32;

const bytesOf = ({ text, traceparent = '' }: NumberedEvent): number =>
  Buffer.byteLength(text) + traceparent.length + FRAME_BYTES;

/**
 * The batches of a delivery: one for each tenant and lane, as they are chained, and more where one would be a message that
 * brokers refuse, whatever is in it.
 *
 * @param producer `{service}/{uuid}`
 */
export function unsignedBatches(producer: string, events: readonly NumberedEvent[]): UnsignedBatch[] {
  const together = Map.groupBy(events, ({ tenant, lane }) => `${tenant} ${lane}`);
  return [...together.values()]
    .flatMap((ofLane) => partsWithin(ofLane, bytesOf, MAX_MESSAGE_BYTES))
    .flatMap((records) => {
      const [first] = records;
      return first ? [{ producer, tenant: first.tenant, lane: first.lane, records }] : [];
    });
}
