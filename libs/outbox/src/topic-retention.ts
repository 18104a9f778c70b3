import { Kafka, logLevel } from 'kafkajs';

const RETENTION = 'retention.ms';
/** Of a resource, and of where a setting comes from, as Kafka numbers them; kafkajs exports its names of them as types only. */
const TOPIC_RESOURCE = 2;
const SET_FOR_TOPIC = 1;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Sets for how long a topic keeps its messages, and leaves its other settings as they are.
 *
 * @throws Error of kafkajs when the brokers do not answer, or do not allow it
 */
export async function setTopicRetention(
  brokers: readonly string[],
  topic: string,
  ms: number,
): Promise<void> {
  const kafka = new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  const admin = kafka.admin();
  const resource = { type: TOPIC_RESOURCE, name: topic };
  await admin.connect();
  try {
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    // What is not named in the request is set back to the broker's default.
    const own = (resources[0]?.configEntries ?? [])
      .filter(({ configSource }) => Number(configSource) === SET_FOR_TOPIC)
      .map(({ configName: name, configValue: value }) => ({ name, value }));
    if (own.some(({ name, value }) => name === RETENTION && value === String(ms))) return;
    const kept = own.filter(({ name }) => name !== RETENTION);
    const configEntries = [...kept, { name: RETENTION, value: String(ms) }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  } finally {
    await admin.disconnect();
  }
}
