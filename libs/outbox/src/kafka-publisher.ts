import { batchText, type EventBatch, partitionKey } from '@patient-access/events';
import type { KafkaSender } from '@patient-access/kafka-client';
import { tracesHeader } from '@patient-access/tracing';
import type { AuditStore } from './audit-store.ts';
import type { HeldPlans, Publisher } from './publisher.ts';

function messageOf(batch: EventBatch) {
  const headers = tracesHeader(batch.records.map(({ traceparent }) => traceparent));
  return { key: partitionKey(batch), value: batchText(batch), ...(headers && { headers }) };
}

/**
 * The audit store says which plans are held when it is asked for missing events. Nobody may have asked since, so it is asked once
 * more before a plan is left out. When it does not answer, or does not know, what it said last holds.
 */
async function heldOf(batches: readonly EventBatch[], store: AuditStore): Promise<HeldPlans> {
  const doubtful = batches.find(({ tenant }) => store.held.has(tenant));
  const [first] = doubtful?.records ?? [];
  if (!doubtful || !first) return new Set();
  await store.missing(doubtful.producer, [first.sequence, first.sequence]).catch(() => undefined);
  return new Set(batches.map(({ tenant }) => tenant).filter((tenant) => store.held.has(tenant)));
}

/**
 * Publishes access events to Kafka, but for those of plans that are held: they would wait behind the broker, and be sent again
 * and again before those of others.
 *
 * @param onHeld is told each time that events of plans were not sent
 */
export const kafkaPublisher = (
  sender: KafkaSender,
  store: AuditStore,
  onHeld: (plans: HeldPlans) => void = () => undefined,
): Publisher => ({
  async publish(batches) {
    const held = await heldOf(batches, store);
    const open = batches.filter(({ tenant }) => !held.has(tenant));
    if (open.length > 0) await sender.send(open.map(messageOf));
    if (held.size > 0) onHeld(held);
    return { by: 'broker', held };
  },
  close: () => sender.close(),
});
