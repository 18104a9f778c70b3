import { batchText, partitionKey } from '@patient-access/events';
import type { KafkaSender } from '@patient-access/kafka-client';
import { tracesHeader } from '@patient-access/tracing';
import type { Publisher } from './publisher.ts';

/** Publishes access events to Kafka. */
export const kafkaPublisher = (sender: KafkaSender): Publisher => ({
  async publish(batches) {
    await sender.send(
      batches.map((batch) => {
        const headers = tracesHeader(batch.records.map(({ traceparent }) => traceparent));
        return { key: partitionKey(batch), value: batchText(batch), ...(headers && { headers }) };
      }),
    );
    return 'sent';
  },
  close: () => sender.close(),
});
