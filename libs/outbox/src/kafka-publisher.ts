import { batchText, partitionKey } from '@patient-access/events';
import type { KafkaSender } from '@patient-access/kafka-client';
import type { Publisher } from './publisher.ts';

/** Publishes access events to Kafka. */
export const kafkaPublisher = (sender: KafkaSender): Publisher => ({
  async publish(batches) {
    await sender.send(batches.map((batch) => ({ key: partitionKey(batch), value: batchText(batch) })));
    return 'sent';
  },
  close: () => sender.close(),
});
