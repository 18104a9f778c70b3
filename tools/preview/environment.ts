/** Makes the environment of each process of the preview from the topology. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { publicEventKey } from '@patient-access/events';
import { freePort } from '@patient-access/testing';
import {
  type DatabaseName,
  databaseOf,
  type DatabaseRole,
  KAFKA_ACCESS,
  SERVICE_NAMES,
  SERVICES_WITH_DATABASE,
  type ServiceName,
  type ServiceWithDatabase,
  type Setting,
  type SharedSecret,
  TOPOLOGY,
} from '@patient-access/topology';

/** Connection URLs of a database, by role. */
export type RoleUrls = Readonly<Partial<Record<DatabaseRole, string>>>;

/** Random values that stay the same at each start. `database` is part of all database passwords. */
export type Secrets = Record<SharedSecret | 'database', string>;

export function newSecrets(): Secrets {
  const secret = () => randomBytes(32).toString('base64url');
  return {
    gatewayClient: secret(),
    keyEncryption: secret(),
    cursor: secret(),
    database: secret(),
  };
}

/** @returns a private key on P-256 (PKCS #8, PEM), in the form that a Kubernetes Secret would hold */
export const newCheckpointKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/** Private keys on Ed25519, PKCS #8 in PEM, of the services that record events. */
export const newEventKeys = (): Record<ServiceWithDatabase, string> =>
  Object.fromEntries(
    SERVICES_WITH_DATABASE.map((service) => [
      service,
      generateKeyPairSync('ed25519', {
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey,
    ]),
  ) as Record<ServiceWithDatabase, string>;

/** @returns what audit-service and coverage-service are told of them: a JWK Set */
export const publicEventKeys = (keys: Record<ServiceWithDatabase, string>): string =>
  JSON.stringify({ keys: SERVICES_WITH_DATABASE.map((service) => publicEventKey(service, keys[service])) });

/** A service's environment. */
export type Environment = Record<string, string>;

/**
 * The settings of docs/kafka.md. With `KAFKA_PASSWORD_DIRECTORY`, each service logs in as a user of its own name, whose
 * password is in the file of that name.
 */
export type KafkaEnvironment = Readonly<Record<string, string>>;

export interface Installation {
  publicUrl: string;
  publicPort: number;
  /** where browsers find the developer site */
  developersUrl: string;
  developersPort: number;
  testClient: { url: string; port: number; plansFile: string };
  /** identifiers of the preview plans */
  plans: readonly string[];
  secrets: Secrets;
  databases: Readonly<Record<DatabaseName, RoleUrls>>;
  /** settings of the connection to Kafka, by name; empty: services call each other over HTTP only */
  kafka: KafkaEnvironment;
  /** settings that each service gets as they are, by name: about traces, quotas, and the log */
  passedOn: Readonly<Record<string, string>>;
  /** each service's file with the key that signs its events, and the file with the public keys of all */
  eventKeys: { fileOf: Readonly<Record<ServiceWithDatabase, string>>; publicFile: string };
  /** the file with the key that signs the trail's checkpoints, and the file to which these are appended */
  checkpoints: { keyFile: string; log: string };
  mailDirectory: string;
  /** settings of each service for TLS between them; undefined: they call each other without */
  serviceTls: Readonly<Record<ServiceName, Environment>> | undefined;
}

async function choosePorts({
  publicPort,
  developersPort,
}: Pick<Installation, 'publicPort' | 'developersPort'>): Promise<Record<ServiceName, number>> {
  const ports = {} as Record<ServiceName, number>;
  const known: Partial<Record<ServiceName, number>> = {
    'fhir-gateway': publicPort,
    'developer-site': developersPort,
  };
  for (const service of SERVICE_NAMES) ports[service] = known[service] ?? (await freePort());
  return ports;
}

type Ports = Awaited<ReturnType<typeof choosePorts>>;

const OWN_PASSWORDS = 'KAFKA_PASSWORD_DIRECTORY';

/** @returns the settings with which a service connects to Kafka, beside the brokers */
function kafkaLogin(service: ServiceName, { kafka }: Installation): [string, string][] {
  if (!KAFKA_ACCESS[service] || !kafka['KAFKA_BROKERS']) return [];
  const { [OWN_PASSWORDS]: directory, ...given } = kafka;
  const own = { KAFKA_SASL_USERNAME: service, KAFKA_SASL_PASSWORD_FILE: join(directory ?? '', service) };
  return Object.entries({ ...given, ...(directory !== undefined && own) });
}

/** What everybody may know, by the kind of the setting. */
const publishedBy = ({ publicUrl, developersUrl, testClient, plans }: Installation) => ({
  'public URL': publicUrl,
  'developers URL': developersUrl,
  'test client URL': testClient.url,
  // At one origin: neither has anything that the other must not see.
  'card viewer URL': testClient.url,
  'preview plans': plans.join(','),
});

/** @returns name and value of the variable for a setting; the value is undefined when the setting is not given */
function variable(
  service: ServiceName,
  [name, setting]: [string, Setting<ServiceName>],
  ports: Ports,
  installation: Installation,
): [string, string | undefined] {
  const { secrets, databases, kafka, eventKeys, checkpoints, mailDirectory } = installation;
  switch (setting.kind) {
    case 'url':
      return [name, `${installation.serviceTls ? 'https' : 'http'}://127.0.0.1:${ports[setting.service]}`];
    case 'database':
      return [name, databases[databaseOf(service as ServiceWithDatabase)][setting.role]];
    case 'secret':
      return [name, secrets[setting.secret]];
    case 'public URL':
    case 'developers URL':
    case 'test client URL':
    case 'card viewer URL':
    case 'preview plans':
      return [name, publishedBy(installation)[setting.kind]];
    case 'test client plans':
      return [`${name}_FILE`, installation.testClient.plansFile];
    case 'brokers':
      return [name, kafka[name]];
    case 'event key':
      return [`${name}_FILE`, eventKeys.fileOf[service as ServiceWithDatabase]];
    case 'event public keys':
      return [`${name}_FILE`, eventKeys.publicFile];
    case 'checkpoint key':
      return [`${name}_FILE`, checkpoints.keyFile];
    case 'checkpoint log':
      return [name, checkpoints.log];
    case 'mail directory':
      return [name, mailDirectory];
    default:
      return setting satisfies never;
  }
}

/** The proxy that ends TLS is on this machine, as what faces the public listens on loopback. */
const trustedProxies = ({ publicUrl }: Installation): string =>
  publicUrl.startsWith('https:') ? '127.0.0.1,::1' : 'none';

/** Made up, as everything in the preview: nobody reads mail there. */
const SECURITY_CONTACT = 'mailto:security@preview.example';

/** What a service that faces the public is told beside the topology. */
function publicSettings(service: ServiceName, installation: Installation): [string, string][] {
  if (!TOPOLOGY[service].ingress) return [];
  const proxies: [string, string] = ['TRUSTED_PROXIES', trustedProxies(installation)];
  return service === 'developer-site'
    ? [proxies, ['TEST_CLIENT_PORT', String(installation.testClient.port)]]
    : [proxies, ['SECURITY_CONTACT', SECURITY_CONTACT]];
}

/** More than one machine can answer: whoever tries or measures something here is not to be slowed down. */
const QUOTAS: Environment = {
  QUOTA_GRANT: '1000000',
  QUOTA_APP: '1000000',
  QUOTA_PLAN: '10000000',
  QUOTA_ADDRESS: '1000000',
};
const quotasOf = (service: ServiceName): Environment => (service === 'fhir-gateway' ? QUOTAS : {});

/**
 * @returns the environment of each service: its port, the URLs of other services, its secrets. Only the ports of
 * the gateway, the developer site and the test client are public.
 */
export async function environments(installation: Installation): Promise<Record<ServiceName, Environment>> {
  const ports = await choosePorts(installation);
  const metricsPorts = Object.fromEntries(
    await Promise.all(SERVICE_NAMES.map(async (service) => [service, await freePort()])),
  ) as Record<ServiceName, number>;
  const all = SERVICE_NAMES.map((service) => {
    const variables = Object.entries(TOPOLOGY[service].settings).map((entry) =>
      variable(service, entry, ports, installation),
    );
    const given = variables.filter(([, value]) => value !== undefined);
    given.push(...kafkaLogin(service, installation));
    given.push(...publicSettings(service, installation));
    given.push(['METRICS_PORT', String(metricsPorts[service])]);
    const { passedOn, serviceTls } = installation;
    return [
      service,
      {
        PORT: String(ports[service]),
        ...quotasOf(service),
        ...passedOn,
        ...serviceTls?.[service],
        ...Object.fromEntries(given),
      },
    ];
  });
  return Object.fromEntries(all) as Record<ServiceName, Environment>;
}
