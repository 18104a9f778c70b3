import { readFileSync } from 'node:fs';
import type { KafkaConfig } from './config.ts';

/** Who logs in, and by what. */
export type Credential =
  'KAFKA_SASL_USERNAME' | 'KAFKA_SASL_PASSWORD' | 'KAFKA_OAUTH_CLIENT_ID' | 'KAFKA_OAUTH_CLIENT_SECRET';

/**
 * @returns what the setting is now: where a file has it, somebody may have changed it since the start
 * @throws Error when the file cannot be read
 */
export function credential(config: KafkaConfig, name: Credential): string | undefined {
  const file = config[`${name}_FILE`];
  return file === undefined ? config[name] : readFileSync(file, 'utf8').trim();
}
