/** From the settings: how a connection is encrypted, and who logs in. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '@patient-access/platform/config';
import type { KafkaConfig } from './config.ts';
import { type Credential, credential } from './credentials.ts';
import { oauthToken } from './oauth-token.ts';

export type Login =
  | {
      mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
      /** both are what they are now; called for each login */
      username(): string;
      password(): string;
    }
  | {
      mechanism: 'OAUTHBEARER';
      /** asks for a token that is valid now; called for each login */
      token(): Promise<string>;
    };

export interface KafkaSecurity {
  /** reads the files again for each connection, so that a renewed certificate is taken up; undefined: no TLS */
  tls: (() => ConnectionOptions) | undefined;
  login: Login | undefined;
}

type Name = keyof KafkaConfig;

function need(config: KafkaConfig, name: Name, why: string): string {
  const value = config[name];
  if (typeof value !== 'string') throw new ConfigError(`wrong configuration: ${name}: ${why} needs it`);
  return value;
}

/** @returns what is set now, each time that it is called. @throws ConfigError at once when nothing is set */
function needNow(config: KafkaConfig, name: Credential, why: string): () => string {
  const first = need(config, name, why);
  return () => credential(config, name) ?? first;
}

function loginOf(config: KafkaConfig): Login | undefined {
  const { KAFKA_SECURITY_PROTOCOL: protocol, KAFKA_SASL_MECHANISM: mechanism } = config;
  if (!protocol.startsWith('SASL_')) {
    if (mechanism === undefined) return undefined;
    throw new ConfigError(`wrong configuration: KAFKA_SASL_MECHANISM: ${protocol} has no login`);
  }
  need(config, 'KAFKA_SASL_MECHANISM', protocol);
  if (protocol === 'SASL_PLAINTEXT' && !mechanism?.startsWith('SCRAM'))
    throw new ConfigError(
      `wrong configuration: ${mechanism} without TLS would show the secret: use SASL_SSL`,
    );
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: oauthToken(oauthSource(config)) };
  return {
    mechanism: mechanism as Exclude<typeof mechanism, undefined>,
    username: needNow(config, 'KAFKA_SASL_USERNAME', protocol),
    password: needNow(config, 'KAFKA_SASL_PASSWORD', protocol),
  };
}

function oauthSource(config: KafkaConfig): Parameters<typeof oauthToken>[0] {
  if (config.KAFKA_OAUTH_TOKEN_FILE !== undefined) return { file: config.KAFKA_OAUTH_TOKEN_FILE };
  return {
    url: need(config, 'KAFKA_OAUTH_TOKEN_URL', 'OAUTHBEARER without KAFKA_OAUTH_TOKEN_FILE'),
    clientId: needNow(config, 'KAFKA_OAUTH_CLIENT_ID', 'KAFKA_OAUTH_TOKEN_URL'),
    clientSecret: needNow(config, 'KAFKA_OAUTH_CLIENT_SECRET', 'KAFKA_OAUTH_TOKEN_URL'),
    scope: config.KAFKA_OAUTH_SCOPE,
  };
}

/** @throws ConfigError with one line about settings that do not fit together */
export function securityOf(config: KafkaConfig): KafkaSecurity {
  const { KAFKA_CA_FILE: ca, KAFKA_CERTIFICATE_FILE: cert, KAFKA_KEY_FILE: key } = config;
  const encrypted = config.KAFKA_SECURITY_PROTOCOL.endsWith('SSL');
  if (!encrypted && (ca ?? cert ?? key) !== undefined)
    throw new ConfigError(
      `wrong configuration: KAFKA_SECURITY_PROTOCOL: ${config.KAFKA_SECURITY_PROTOCOL} uses no certificate`,
    );
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError('wrong configuration: KAFKA_CERTIFICATE_FILE and KAFKA_KEY_FILE: both or none');
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  const tls = () => ({ ca: read(ca), cert: read(cert), key: read(key), minVersion: 'TLSv1.2' as const });
  return { tls: encrypted ? tls : undefined, login: loginOf(config) };
}
