/** The topic of checkpoints, where no administrator of the database can change what was signed. */
import { openKafka } from '@patient-access/kafka-client';
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import { ConfigError } from '@patient-access/platform/config';
import { type CheckpointKeys, checkpointKeys } from '../checkpoints/checkpoint.ts';
import { KeptStatements } from './kept-statements.ts';
import type { Outside } from './outside.ts';

/**
 * Reads the topic, whole or its newest messages. Memory does not grow with it, time does: a plan's trail that grows all day
 * leaves about 3 MB in it.
 *
 * @param keys of the checkpoints
 * @param operators public keys in PEM; undefined: no restore is believed
 * @param newest how many messages; undefined: all
 * @throws ConfigError where there are no brokers, KafkaProblem where the topic cannot be read to its end
 */
export async function readOutsideTopic(
  config: KafkaConfig,
  keys: CheckpointKeys,
  operators: string | undefined,
  newest?: number,
): Promise<Outside> {
  const kafka = openKafka(config, 'audit-service/verify');
  if (!kafka) throw new ConfigError('KAFKA_BROKERS is missing: they have the checkpoints');
  const kept = new KeptStatements(
    keys,
    operators === undefined ? undefined : await checkpointKeys(operators),
  );
  const { KAFKA_CHECKPOINT_TOPIC: topic, KAFKA_CHECKPOINT_GROUP: group } = config;
  await kafka.readWhole({ topic, group, newest }, async (messages) => {
    for (const { value } of messages) await kept.add(value);
  });
  return kept.outside();
}
