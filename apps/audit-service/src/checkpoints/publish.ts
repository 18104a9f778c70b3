import { type FileHandle, open } from 'node:fs/promises';
import { openKafka } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { type Checkpoint, signedRecords } from './checkpoint.ts';

/** The part of a log that a checkpoint publisher needs. */
export interface CheckpointLog {
  info(fields: object, message: string): void;
}

export interface CheckpointPublisher {
  /** Makes the topic where it is missing: a verification before the first checkpoint finds an empty one, and not none. */
  prepare(): Promise<void>;
  /** Resolves when every place holds all checkpoints durably; rejects otherwise. */
  publish(checkpoints: readonly Checkpoint[]): Promise<void>;
  /** The same for another signed statement about a tenant's trail. */
  publishStatement(statement: { tenant: string; jws: string }): Promise<void>;
  close(): Promise<void>;
}

const NEWLINE = 0x0a;

/** @returns whether the last line has no end: the disk was full in the middle of it */
async function isCutOff(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

/**
 * Appends one line for each checkpoint. Some file systems can make the file append-only (docs/audit.md).
 *
 * @throws Error when not all of it is on the disk. A disk that is nearly full takes a part of a `write` and calls that a
 *   success, so this writes until all is written
 */
async function appendTo(file: string, checkpoints: readonly { jws: string }[]): Promise<void> {
  const handle = await open(file, 'a+', 0o640);
  try {
    const lines = checkpoints.map(({ jws }) => `${jws}\n`).join('');
    await handle.appendFile((await isCutOff(handle)) ? `\n${lines}` : lines);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Nobody who can only write to the database can change what is in the topic, which keeps it for ever. */
const FOR_EVER = -1;

/** Creates the topic once, and again after a failure. */
function checkpointTopic(config: Readonly<KafkaConfig>) {
  const kafka = openKafka(config, 'audit-service/checkpoints');
  if (!kafka) return undefined;
  const topic = config.KAFKA_CHECKPOINT_TOPIC;
  const sender = kafka.sender(topic);
  let created: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    created ??= kafka.createTopics([{ topic, partitions: 1, retentionMs: FOR_EVER }]);
    await created.catch((error: unknown) => {
      created = undefined;
      throw error;
    });
  };
  return {
    prepare,
    async publish(statements: readonly { tenant: string; jws: string }[]): Promise<void> {
      await prepare();
      await sender.send(statements.map(({ tenant, jws }) => ({ key: tenant, value: jws })));
    },
    close: () => sender.close(),
  };
}

/**
 * Publishes checkpoints outside the database: always to the log, and to a file and a topic where these are configured.
 *
 * @param to.CHECKPOINT_LOG path of the file
 */
export function checkpointPublisher(
  to: Readonly<KafkaConfig & { CHECKPOINT_LOG?: string | undefined }>,
  log: CheckpointLog,
): CheckpointPublisher {
  const { CHECKPOINT_LOG: file } = to;
  const topic = checkpointTopic(to);
  return {
    prepare: async () => topic?.prepare(),
    async publish(checkpoints) {
      for (const checkpoint of checkpoints)
        log.info(
          { tenant: checkpoint.tenant, records: signedRecords(checkpoint), checkpoint: checkpoint.jws },
          'checkpoint',
        );
      if (file !== undefined) await appendTo(file, checkpoints);
      await topic?.publish(checkpoints);
    },
    async publishStatement(statement) {
      log.info({ tenant: statement.tenant, statement: statement.jws }, 'statement about the trail');
      if (file !== undefined) await appendTo(file, [statement]);
      await topic?.publish([statement]);
    },
    close: async () => topic?.close(),
  };
}
