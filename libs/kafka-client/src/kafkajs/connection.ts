import net from 'node:net';
import tls from 'node:tls';
import { Kafka, type KafkaConfig as KafkajsConfig, logLevel, type SASLOptions } from 'kafkajs';
import { brokerHost, withoutColons } from '../broker-address.ts';
import type { KafkaConfig } from '../config.ts';
import { type KafkaSecurity, type Login, securityOf } from '../security.ts';
import './timer.ts';

const KEEP_ALIVE_MS = 60_000;

/** How long a client waits, and how often it tries, before it says that it failed. */
export type Patience = Required<Pick<KafkajsConfig, 'requestTimeout' | 'retry'>>;

type SocketFactory = NonNullable<KafkajsConfig['socketFactory']>;

const socketFactory =
  (tlsOptions: KafkaSecurity['tls']): SocketFactory =>
  ({ host: named, port, onConnect }) => {
    const host = brokerHost(named);
    // A name is checked against the certificate, and so is an address, but only a name can be asked for (RFC 6066).
    const servername = net.isIP(host) ? {} : { servername: host };
    const socket = tlsOptions
      ? tls.connect({ host, port, ...servername, ...tlsOptions() }, onConnect)
      : net.connect({ host, port }, onConnect);
    return socket.setKeepAlive(true, KEEP_ALIVE_MS);
  };

function saslOf(login: Login): SASLOptions {
  if (login.mechanism === 'OAUTHBEARER')
    return {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: await login.token() }),
    };
  return {
    mechanism: login.mechanism.toLowerCase() as 'plain',
    // kafkajs keeps this object, and reads both at each login.
    get username() {
      return login.username();
    },
    get password() {
      return login.password();
    },
  };
}

/**
 * The one place where kafkajs gets its settings. It connects later, when it is used.
 *
 * @throws ConfigError with one line about settings that do not fit together
 */
export function kafkajs(config: KafkaConfig, clientId: string, patience: Patience): Kafka {
  const { tls: tlsOptions, login } = securityOf(config);
  return new Kafka({
    clientId,
    brokers: (config.KAFKA_BROKERS ?? []).map(withoutColons),
    // What fails is said by whoever asked.
    logLevel: logLevel.NOTHING,
    socketFactory: socketFactory(tlsOptions),
    ...(login && { sasl: saslOf(login) }),
    ...patience,
  });
}
