import { describe, expect, it } from '@jest/globals';
import type { TopicState } from '@patient-access/kafka-client';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import type { CheckedService } from '../obstacle.ts';
import { topicFindings, topicsOf } from '../topics.ts';

const EVENTS = 'patient-access.access-events';
const CHECKPOINTS = 'patient-access.trail-checkpoints';
const SAFE = {
  ...{ 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' },
  ...{ 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
};
const created = KafkaConfig.parse({ KAFKA_BROKERS: 'kafka:9093' });
const byOperators = KafkaConfig.parse({ KAFKA_BROKERS: 'kafka:9093', KAFKA_CREATE_TOPICS: 'false' });

const findings = (
  states: TopicState[],
  {
    config = created,
    service = 'audit-service',
    given = {},
    asked = [EVENTS],
  }: Partial<CheckedService> & { config?: KafkaConfig; asked?: string[] } = {},
) => topicFindings(asked, states, config, { service, given }).map(({ level, found }) => `${level} ${found}`);
const withSettings = (settings: Record<string, string>) =>
  findings([{ topic: EVENTS, replicas: 3, settings: { ...SAFE, ...settings } }]);

describe('topics', () => {
  it('are those that the service writes or reads, by the names of its settings', () => {
    const config = KafkaConfig.parse({ KAFKA_BROKERS: 'kafka:9093', KAFKA_CONSENT_TOPIC: 'acme.consents' });
    expect(topicsOf('coverage-service', config).sort()).toEqual(['acme.consents', EVENTS]);
  });

  it('that keep what they were given are no obstacle', () => {
    expect(withSettings({})).toEqual([]);
    expect(withSettings({ 'retention.ms': String(192 * 3_600_000) })).toEqual([]);
  });

  it.each([
    [{ 'min.insync.replicas': '1' }, `stop ${EVENTS}: min.insync.replicas is 1`],
    [{ 'unclean.leader.election.enable': 'true' }, `stop ${EVENTS}: unclean.leader.election.enable is true`],
    [{ 'retention.ms': '3600000' }, `stop ${EVENTS}: retention.ms is 3600000`],
    [{ 'retention.bytes': '1000000' }, `stop ${EVENTS}: retention.bytes is 1000000`],
    [{ 'cleanup.policy': 'compact' }, `stop ${EVENTS}: cleanup.policy is compact`],
    [{ 'cleanup.policy': 'compact,delete' }, `stop ${EVENTS}: cleanup.policy is compact,delete`],
  ])('with %j lose what they were given', (settings, finding) => {
    expect(withSettings(settings)).toEqual([finding]);
  });

  it('take messages as large as brokers take by default', () => {
    expect(withSettings({ 'max.message.bytes': '1048588' })).toEqual([]);
    expect(withSettings({ 'max.message.bytes': '1000000' })).toEqual([
      `stop ${EVENTS}: max.message.bytes is 1000000`,
    ]);
  });

  it('are kept for as long as audit-service says, by default or by its setting, and as long as nobody else says', () => {
    const day = [
      { topic: EVENTS, replicas: 3, settings: { ...SAFE, 'retention.ms': String(24 * 3_600_000) } },
    ];
    expect(findings(day)).toEqual([`stop ${EVENTS}: retention.ms is 86400000`]);
    expect(findings(day, { given: { EVENT_TOPIC_HOURS: '24' } })).toEqual([]);
    expect(findings(day, { service: 'claims-service' })).toEqual([]);
  });

  it.each([
    [{ 'retention.ms': '604800000' }, [`stop ${CHECKPOINTS}: retention.ms is 604800000`]],
    [{ 'retention.bytes': '1000000' }, [`stop ${CHECKPOINTS}: retention.bytes is 1000000`]],
    [{ 'cleanup.policy': 'compact' }, [`stop ${CHECKPOINTS}: cleanup.policy is compact`]],
    [{}, []],
  ])('of checkpoints are kept for ever, and not so with %j', (settings, expected) => {
    const state = { topic: CHECKPOINTS, replicas: 3, settings: { ...SAFE, ...settings } };
    expect(findings([state], { asked: [CHECKPOINTS] })).toEqual(expected);
  });

  it('with one copy are found, and settings that this user may not see are somebody else’s to look at', () => {
    expect(findings([{ topic: EVENTS, replicas: 1, settings: undefined }])).toEqual([
      `stop ${EVENTS}: 1 replicas`,
      `look ${EVENTS}: this user may not ask for its settings`,
    ]);
  });

  it('that are not there are made by the service, or by the operators before it starts', () => {
    expect(findings([])).toEqual([`look ${EVENTS} is not there yet`]);
    expect(findings([], { config: byOperators })).toEqual([`stop ${EVENTS} is not there`]);
  });
});
