import type { RunningKafka } from '../index.ts';

/** A kind of resource, and where a setting comes from, as Kafka numbers them. */
const TOPIC_RESOURCE = 2;
const SET_FOR_TOPIC = 1;

/** @returns what was set for the topic itself */
export async function ownSettingsOf(broker: RunningKafka, topic: string): Promise<Record<string, string>> {
  const admin = broker.client().admin();
  await admin.connect();
  const resources = [{ type: TOPIC_RESOURCE, name: topic }];
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
  await admin.disconnect();
  const entries = answer.resources[0]?.configEntries ?? [];
  const own = entries.filter(({ configSource }) => Number(configSource) === SET_FOR_TOPIC);
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
}
