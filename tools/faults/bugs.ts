/**
 * Seeded bugs: mistakes that the fault test has to find. Each is a change in a copy of the source, with the fault that
 * shows it.
 */
import {
  DIES_COMMITTING,
  DIES_RECORDING,
  DIES_STORING,
  type Fault,
  KILL_BROKER,
  SLOW_WRITER,
} from './faults.ts';

/** Pairs of a text and its replacement. Each text must occur exactly once. */
export type Changes = [text: string, by: string][];

export interface Bug {
  /** changes by file, relative to the workspace */
  changes: Record<string, Changes>;
  fault: Fault;
  /** it is found when its outboxes have not been empty for a minute: `--bugs quick` leaves it out */
  isSlow?: boolean;
}

export const BUGS: Record<string, Bug> = {
  'audit-after-response': {
    changes: {
      'libs/fhir-store/src/module.ts': [
        [
          'record: (event) => outbox.record(event),',
          'record: async (event) => void outbox.record(event).catch(() => undefined),',
        ],
      ],
    },
    fault: DIES_RECORDING,
  },
  'fire-and-forget-publish': {
    changes: {
      'libs/outbox/src/delivery.ts': [
        [
          'const { by, held } = await publisher.publish(batches);',
          `void publisher.publish(batches).catch(() => undefined);
    const { by, held } = { by: 'store' as string, held: new Set<string>() };`,
        ],
      ],
    },
    fault: KILL_BROKER,
  },
  'cursor-by-id': {
    changes: {
      'libs/outbox/src/rows.ts': [
        [
          "SELECT sequence FROM outbox WHERE producer = '${NOBODY}'\n            ORDER BY",
          "SELECT sequence FROM outbox WHERE producer = '${NOBODY}' AND sequence > $4\n            ORDER BY",
        ],
        ['RETURNING o.sequence, o.body`', 'RETURNING o.sequence, o.body, p.sequence AS place`'],
        ['export async function numberRows(', 'let cursor = 0;\nexport async function numberRows('],
        [
          'await db.query<Row>({ ...NUMBER, values: [producer, last, limit] });',
          `await db.query<Row>({ ...NUMBER, values: [producer, last, limit, cursor] });
  for (const { place } of rows as unknown as { place: string }[]) cursor = Math.max(cursor, Number(place));`,
        ],
      ],
    },
    fault: SLOW_WRITER,
  },
  // An early Kafka offset alone loses nothing, because audit-service reports the missing numbers. So this bug also
  // records the sequence numbers too early.
  'offset-before-commit': {
    changes: {
      'apps/audit-service/src/delivery/deliver.ts': [
        [
          'if (first && arrived.length === 1) return',
          `for (const { batch } of arrived) {
    const early = batch.records.map(({ sequence }) => sequence);
    await inTransaction(pool, (client) => recordSequences(client, batch.producer, early));
  }
  if (first && arrived.length === 1) return`,
        ],
      ],
      'libs/kafka-client/src/kafkajs/consumer.ts': [
        [
          'const isHandled = await',
          `resolveOffset(next.at(-1)?.offset ?? '');
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      const isHandled = await`,
        ],
      ],
    },
    fault: DIES_STORING,
  },
  'consumer-without-unique-key': {
    isSlow: true,
    changes: {
      'apps/audit-service/src/store-events.ts': [
        ['tenant,\n    producer,\n', 'tenant,\n    `${producer}${Math.random()}`,\n'],
      ],
    },
    fault: DIES_COMMITTING,
  },
};
