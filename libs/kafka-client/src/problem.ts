/** Says in one line what keeps Kafka from working, in the words of the settings. */
import { withColons } from './broker-address.ts';
import type { KafkaConfig } from './config.ts';
import { type Credential, credential } from './credentials.ts';

/** A failure of Kafka. The message is one line, without a secret. */
export class KafkaProblem extends Error {
  override name = 'KafkaProblem';
}

/** What client libraries put into their errors. */
interface Reported {
  message?: unknown;
  /** Node's and OpenSSL's, as `ECONNREFUSED` */
  code?: unknown;
  /** Kafka's, as `TOPIC_AUTHORIZATION_FAILED` */
  type?: unknown;
  name?: unknown;
  broker?: unknown;
  topic?: unknown;
  groupId?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** The error and what caused it, the outermost first. */
function chainOf(error: unknown, depth = 0): Reported[] {
  if (typeof error !== 'object' || error === null || depth > 8) return [];
  const reported = error as Reported;
  const parts = Array.isArray(reported.errors) ? (reported.errors as unknown[]) : [];
  return [
    reported,
    ...chainOf(reported.cause, depth + 1),
    ...parts.flatMap((part) => chainOf(part, depth + 1)),
  ];
}

/** OpenSSL's words for a certificate that nobody known has signed. */
const UNKNOWN_CA =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;
const NOT_REACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;

interface Row {
  when(text: (of: keyof Reported) => string): boolean;
  say(config: KafkaConfig, text: (of: keyof Reported) => string): string;
}

const caOf = ({ KAFKA_CA_FILE: file }: KafkaConfig) =>
  file ? `KAFKA_CA_FILE (${file})` : 'Node (set KAFKA_CA_FILE)';
/** @returns the name that was just used to log in. A file that cannot be read is what the error is about. */
function nameOf(config: KafkaConfig, name: Credential): string | undefined {
  try {
    return credential(config, name);
  } catch {
    return config[name];
  }
}

const whoOf = (config: KafkaConfig) =>
  config.KAFKA_SASL_MECHANISM === 'OAUTHBEARER'
    ? `OAuth client ${nameOf(config, 'KAFKA_OAUTH_CLIENT_ID') ?? ''}`.trim()
    : `user ${nameOf(config, 'KAFKA_SASL_USERNAME') ?? '(none: no login)'}`;

const ROWS: readonly Row[] = [
  {
    when: (text) => UNKNOWN_CA.test(text('code')),
    say: (config, text) =>
      `the certificate of broker ${text('broker')} is signed by nobody that ${caOf(config)} knows (${text('code')})`,
  },
  {
    when: (text) => text('code') === 'ERR_TLS_CERT_ALTNAME_INVALID',
    say: (_, text) => `the certificate of broker ${text('broker')} is for another host name`,
  },
  {
    when: (text) => text('code') === 'CERT_HAS_EXPIRED',
    say: (_, text) => `the certificate of broker ${text('broker')} has expired`,
  },
  {
    when: (text) => /^ERR_SSL_.*(CERTIFICATE|ALERT)/.test(text('code')),
    say: (_, text) =>
      `broker ${text('broker')} does not accept this service's certificate, KAFKA_CERTIFICATE_FILE (${text('code')})`,
  },
  {
    when: (text) => /^(ERR_SSL_|EPROTO)/.test(text('code')),
    say: (config, text) =>
      `broker ${text('broker')} does not answer with TLS, and KAFKA_SECURITY_PROTOCOL is ${config.KAFKA_SECURITY_PROTOCOL} (${text('code')})`,
  },
  {
    when: (text) => text('type') === 'UNSUPPORTED_SASL_MECHANISM',
    say: (config) => `the brokers do not offer KAFKA_SASL_MECHANISM ${config.KAFKA_SASL_MECHANISM}`,
  },
  {
    // kafkajs does not hear why a token was refused, and goes on with a connection that is not logged in.
    when: (text) => text('type') === 'ILLEGAL_SASL_STATE',
    say: (config) =>
      `the brokers refuse the login of ${whoOf(config)} by ${config.KAFKA_SASL_MECHANISM}: the token has expired, is not for them, or nobody they know has signed it`,
  },
  {
    when: (text) => text('name') === 'KafkaJSSASLAuthenticationError',
    say: (config, text) =>
      `the brokers refuse the login of ${whoOf(config)} by ${config.KAFKA_SASL_MECHANISM}: ${text('message')}`,
  },
  {
    when: (text) => text('type') === 'UNKNOWN_TOPIC_OR_PARTITION',
    say: (_, text) =>
      `topic ${text('topic')} does not exist, or nobody has let this service see it (docs/kafka.md)`,
  },
  {
    when: (text) => text('type') === 'MESSAGE_TOO_LARGE',
    say: (_, text) =>
      `topic ${text('topic')} takes no message as large as this one: max.message.bytes has to be 1048588 or more (docs/kafka.md)`,
  },
  {
    when: (text) => /_AUTHORIZATION_FAILED$/.test(text('type')),
    say: (config, text) =>
      `${whoOf(config)} may not do this with ${text('topic') || text('groupId') || 'the cluster'}: ${text('type')} (docs/kafka.md lists the rights)`,
  },
  {
    when: (text) => text('name') === 'KafkaJSGroupCoordinatorNotFound',
    say: (config, text) =>
      `group ${text('groupId')} has no coordinator yet, or ${whoOf(config)} may not read with it (docs/kafka.md lists the rights)`,
  },
  {
    when: (text) => /must have no running instances/.test(text('message')),
    say: (_, text) =>
      `somebody reads with group ${text('groupId')}: stop its service, and wait ten seconds if it was killed`,
  },
  {
    when: (text) => NOT_REACHED.test(text('code')),
    say: (_, text) => `broker ${text('broker')} cannot be reached (${text('code')})`,
  },
  {
    when: (text) => /closed connection/i.test(text('message')),
    say: (config) =>
      `the brokers close the connection: do they expect another KAFKA_SECURITY_PROTOCOL than ${config.KAFKA_SECURITY_PROTOCOL}?`,
  },
];

/** @param about the topic or group that was asked for, when the error does not name it */
export function kafkaProblem(
  error: unknown,
  config: KafkaConfig,
  about: { topic?: string; groupId?: string } = {},
): KafkaProblem {
  if (error instanceof KafkaProblem) return error;
  const chain = chainOf(error);
  const first = (of: keyof Reported): string => {
    const values = chain.map((each) => each[of]).filter((value) => value !== undefined && value !== '');
    return String(values[0] ?? (of === 'topic' || of === 'groupId' ? (about[of] ?? '') : ''));
  };
  for (const row of ROWS) {
    const fits = chain.some((each) => row.when((of) => String(each[of] ?? '')));
    if (!fits) continue;
    const found = chain.find((each) => row.when((of) => String(each[of] ?? '')));
    const said = (of: keyof Reported): string => String(found?.[of] ?? '') || first(of);
    const line = row.say(config, (of) => (of === 'broker' ? withColons(said(of)) : said(of)));
    return new KafkaProblem(line, { cause: error });
  }
  const message = String(chain.at(-1)?.message ?? error);
  return new KafkaProblem(`Kafka: ${message.split('\n')[0]}`, { cause: error });
}
