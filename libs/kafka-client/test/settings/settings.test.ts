import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@patient-access/platform/config';
import { KafkaConfig } from '../../src/config.ts';
import { openKafka } from '../../src/index.ts';

const BROKERS = { KAFKA_BROKERS: 'one.example:9093, two.example:9093' };
const SECURED = { ...BROKERS, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' };
const open = (env: Record<string, string>) => openKafka(loadConfig(KafkaConfig, env), 'test');

describe('the settings of Kafka', () => {
  it('are not needed where there are no brokers', () => {
    expect(open({})).toBeUndefined();
  });

  it('name the brokers, and may call topics and groups otherwise', () => {
    const config = loadConfig(KafkaConfig, { ...BROKERS, KAFKA_CONSENT_TOPIC: 'plan.prod.consents.v1' });
    expect(config.KAFKA_BROKERS).toEqual(['one.example:9093', 'two.example:9093']);
    expect(config.KAFKA_CONSENT_TOPIC).toBe('plan.prod.consents.v1');
    expect(config.KAFKA_ACCESS_EVENT_TOPIC).toBe('patient-access.access-events');
  });

  it.each(['kafka', 'kafka:', 'SASL_SSL://kafka:9093', 'kafka:9093,', 'user@kafka:9093'])(
    'are wrong with the brokers %s',
    (brokers) => {
      expect(() => open({ KAFKA_BROKERS: brokers })).toThrow(
        /^wrong configuration: KAFKA_BROKERS: host:port/,
      );
    },
  );

  it('are enough for a password, for a certificate and for a token', () => {
    const files = { KAFKA_CERTIFICATE_FILE: import.meta.filename, KAFKA_KEY_FILE: import.meta.filename };
    const token = { KAFKA_SASL_MECHANISM: 'OAUTHBEARER', KAFKA_OAUTH_TOKEN_FILE: import.meta.filename };
    for (const env of [
      { ...SECURED, KAFKA_SASL_USERNAME: 'claims', KAFKA_SASL_PASSWORD: 'p' },
      { ...BROKERS, KAFKA_SECURITY_PROTOCOL: 'SSL', ...files },
      { ...SECURED, ...token },
    ])
      expect(open(env)).toBeDefined();
  });

  it('are enough for a certificate where the files of a login are there, and empty', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kafka-settings-'));
    const empty = join(directory, 'empty');
    await writeFile(empty, '');
    const files = { KAFKA_CERTIFICATE_FILE: import.meta.filename, KAFKA_KEY_FILE: import.meta.filename };
    const login = { KAFKA_SASL_USERNAME_FILE: empty, KAFKA_SASL_PASSWORD_FILE: empty };
    const security = { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_MECHANISM: '' };
    expect(open({ ...BROKERS, ...security, ...files, ...login })).toBeDefined();
    await rm(directory, { recursive: true });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a login without a password',
      { ...SECURED, KAFKA_SASL_USERNAME: 'claims' },
      /KAFKA_SASL_PASSWORD: SASL_SSL needs it/,
    ],
    [
      'a login without its kind',
      { ...BROKERS, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      /KAFKA_SASL_MECHANISM: SASL_SSL needs it/,
    ],
    [
      'a password that would be readable on the wire',
      { ...SECURED, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SASL_MECHANISM: 'PLAIN' },
      /PLAIN without TLS would show the secret/,
    ],
    [
      'a login that nobody is asked for',
      { ...BROKERS, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_MECHANISM: 'PLAIN' },
      /KAFKA_SASL_MECHANISM: SSL has no login/,
    ],
    [
      'a certificate without TLS',
      { ...BROKERS, KAFKA_CA_FILE: import.meta.filename },
      /PLAINTEXT uses no certificate/,
    ],
    [
      'a certificate without its key',
      { ...BROKERS, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_CERTIFICATE_FILE: import.meta.filename },
      /KAFKA_CERTIFICATE_FILE and KAFKA_KEY_FILE: both or none/,
    ],
    [
      'a file that is not there',
      { ...BROKERS, KAFKA_CA_FILE: '/not/there.pem' },
      /KAFKA_CA_FILE: cannot read .*ENOENT/,
    ],
    [
      'a token endpoint to which the secret would go without TLS',
      { ...SECURED, KAFKA_OAUTH_TOKEN_URL: 'http://login.plan.example/token' },
      /KAFKA_OAUTH_TOKEN_URL: https/,
    ],
    [
      'a topic that Kafka cannot have',
      { ...BROKERS, KAFKA_CONSENT_TOPIC: 'a topic' },
      /KAFKA_CONSENT_TOPIC: letters/,
    ],
  ])('are refused with one line that names the setting: %s', (_what, env, line) => {
    expect(() => open(env)).toThrow(line);
  });
});
