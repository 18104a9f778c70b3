/** The whole installation on one machine: which processes there are, and what each is told. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { DatabaseUrls } from '@patient-access/database';
import { freePort } from '@patient-access/testing';

/** The services, in the order in which they are started; the public host comes last. */
export const SERVICES = [
  'audit-service',
  'auth-service',
  'coverage-service',
  'claims-service',
  'clinical-service',
  'fhir-gateway',
] as const;
export type Service = (typeof SERVICES)[number];

/** The services with a database; it is named like the service without its suffix. */
export const DATABASES = ['auth', 'coverage', 'claims', 'clinical', 'audit'] as const;
export type Database = (typeof DATABASES)[number];

/** Roles that a database has beside those that each has. */
export const FURTHER_ROLES: Partial<Record<Database, readonly 'auditor'[]>> = { audit: ['auditor'] };
export type Urls = DatabaseUrls & { auditor?: string };

/** Random values that stay the same from one start to the next. */
export interface Secrets {
  gatewayClient: string;
  keyEncryption: string;
  cursor: string;
  event: string;
  database: string;
}

export function newSecrets(): Secrets {
  const secret = () => randomBytes(32).toString('base64url');
  return {
    gatewayClient: secret(),
    keyEncryption: secret(),
    cursor: secret(),
    event: secret(),
    database: secret(),
  };
}

/** Private key on P-256, PKCS #8 in PEM, as a Secret would hold it. */
export const newCheckpointKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/**
 * How Node runs a service, here as in docker/Dockerfile. Answers are buffers outside the heap, which are let go when the
 * young generation is collected: where that is large, it comes so rarely that V8 collects the whole heap for them instead
 * (docs/performance.md).
 */
export const NODE_FLAGS = ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=8'];

/** What a service is told, as its environment. */
export type Environment = Record<string, string>;

interface Given {
  publicUrl: string;
  publicPort: number;
  secrets: Secrets;
  databases: Record<Database, Urls>;
  kafkaBrokers: string | undefined;
  /** where the key lies that signs the trail's checkpoints, and where these are kept */
  checkpoints: { keyFile: string; log: string };
}

async function choosePorts(publicPort: number): Promise<Record<Service, number>> {
  const ports = {} as Record<Service, number>;
  for (const service of SERVICES) ports[service] = service === 'fhir-gateway' ? publicPort : await freePort();
  return ports;
}

const gateway = (url: (service: Service) => string, secrets: Secrets): Environment => ({
  AUTH_URL: url('auth-service'),
  COVERAGE_URL: url('coverage-service'),
  CLAIMS_URL: url('claims-service'),
  CLINICAL_URL: url('clinical-service'),
  AUDIT_URL: url('audit-service'),
  GATEWAY_CLIENT_SECRET: secrets.gatewayClient,
});

/** Where events go, from whichever service. */
const events = (auditUrl: string, { secrets, kafkaBrokers }: Given): Environment => ({
  AUDIT_URL: auditUrl,
  EVENT_SECRET: secrets.event,
  ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }),
});

const trail = ({ databases: { audit }, checkpoints }: Given): Environment => ({
  INGEST_DATABASE_URL: audit.ingest,
  AUDITOR_DATABASE_URL: audit.auditor ?? '',
  CHECKPOINT_KEY_FILE: checkpoints.keyFile,
  CHECKPOINT_LOG: checkpoints.log,
});

/** Gives every service its port, its neighbours and its secrets. Only the gateway's port is known outside. */
export async function environments(given: Given): Promise<Record<Service, Environment>> {
  const ports = await choosePorts(given.publicPort);
  const url = (service: Service) => `http://127.0.0.1:${ports[service]}`;
  const { secrets, databases } = given;
  const common = (service: Service): Environment => ({
    PORT: String(ports[service]),
    PUBLIC_URL: given.publicUrl,
  });
  const owner = (service: Service, database: Database): Environment => ({
    ...common(service),
    ...events(url('audit-service'), given),
    DATABASE_URL: databases[database].service,
    AUTH_URL: url('auth-service'),
    CURSOR_SECRET: secrets.cursor,
  });
  return {
    'auth-service': {
      ...common('auth-service'),
      ...events(url('audit-service'), given),
      COVERAGE_URL: url('coverage-service'),
      DATABASE_URL: databases.auth.service,
      GATEWAY_CLIENT_SECRET: secrets.gatewayClient,
      KEY_ENCRYPTION_KEY: secrets.keyEncryption,
    },
    'coverage-service': {
      ...owner('coverage-service', 'coverage'),
      INGEST_DATABASE_URL: databases.coverage.ingest,
    },
    'claims-service': owner('claims-service', 'claims'),
    'clinical-service': owner('clinical-service', 'clinical'),
    'audit-service': { ...owner('audit-service', 'audit'), ...trail(given) },
    'fhir-gateway': { ...common('fhir-gateway'), ...gateway(url, secrets) },
  };
}
