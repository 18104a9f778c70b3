/** The places outside the database that the settings name: the file, the topic, and the operators' own file. */
import type { KafkaConfig } from '@patient-access/kafka-client/config';
import type { CheckpointKeys } from '../checkpoints/checkpoint.ts';
import { withStatements } from './operator-statements.ts';
import { type Outside, readOutside } from './outside.ts';
import { readOutsideTopic } from './outside-topic.ts';

/** Of the topic, before something is appended: 200 MB at most (ADR 127). */
const NEWEST_MESSAGES = 100_000;

type Places = Readonly<
  KafkaConfig & {
    CHECKPOINT_LOG?: string | undefined;
    OPERATOR_STATEMENTS?: string | undefined;
    RESTORE_PUBLIC_KEYS?: string | undefined;
  }
>;

/** Whether checkpoints are kept outside the database at all. */
export const isKeptOutside = ({ CHECKPOINT_LOG: file, KAFKA_BROKERS: brokers }: Places): boolean =>
  file !== undefined || brokers !== undefined;

/**
 * Reads what is known outside, of the topic the newest messages.
 *
 * @throws KafkaProblem when the topic cannot be read to its end
 */
export async function readPlaces(places: Places, keys: CheckpointKeys): Promise<Outside> {
  const { CHECKPOINT_LOG: file, KAFKA_BROKERS: brokers, RESTORE_PUBLIC_KEYS: operators } = places;
  const inFile = await readOutside(file, keys, operators);
  const inTopic = brokers && (await readOutsideTopic(places, keys, operators, NEWEST_MESSAGES));
  const outside = {
    checkpoints: [...inFile.checkpoints, ...(inTopic?.checkpoints ?? [])],
    restores: [...inFile.restores, ...(inTopic?.restores ?? [])],
  };
  return withStatements(outside, places.OPERATOR_STATEMENTS, keys, operators);
}
