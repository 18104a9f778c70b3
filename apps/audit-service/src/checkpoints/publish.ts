import { open } from 'node:fs/promises';
import type { Checkpoint } from './checkpoint.ts';
import { checkpointTopic } from './topic.ts';

/** The part of a log that is needed here. */
export interface CheckpointLog {
  info(fields: object, message: string): void;
}

export interface CheckpointPublisher {
  /** Resolves when all of them are durable everywhere; rejects when they may not be. */
  publish(checkpoints: readonly Checkpoint[]): Promise<void>;
  close(): Promise<void>;
}

/** Appends a line each. On some file systems the file can be made one that may only be appended to (docs/audit.md). */
async function appendTo(file: string, checkpoints: readonly Checkpoint[]): Promise<void> {
  const handle = await open(file, 'a', 0o640);
  try {
    await handle.write(checkpoints.map(({ jws }) => `${jws}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Where checkpoints go beyond the database: always the log, and a file and a topic where they are configured.
 *
 * @param to.CHECKPOINT_LOG path of the file
 */
export function checkpointPublisher(
  to: { CHECKPOINT_LOG?: string | undefined; KAFKA_BROKERS?: readonly string[] | undefined },
  log: CheckpointLog,
): CheckpointPublisher {
  const { CHECKPOINT_LOG: file, KAFKA_BROKERS: brokers } = to;
  const topic = brokers && checkpointTopic(brokers);
  return {
    async publish(checkpoints) {
      for (const { tenant, seq, jws } of checkpoints)
        log.info({ tenant, seq, checkpoint: jws }, 'checkpoint');
      if (file !== undefined) await appendTo(file, checkpoints);
      await topic?.publish(checkpoints);
    },
    close: async () => topic?.close(),
  };
}
