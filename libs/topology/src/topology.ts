/**
 * The services and their settings, which say which database and which services each of them reaches. The preview is
 * made from this table, and `docker/` and `k8s/` are checked against it (`npm run check:k8s`).
 */
import { type DatabaseRole, role, type Setting, type SharedSecret } from './setting.ts';

/**
 * The services that hold a part of the members' records, each with the settings that only it has. They are asked in
 * this order if all of them have a part. A further service is a further row here.
 */
const RECORD = {
  /** It stores Consents as the ingest role, as an import would. */
  'coverage-service': {
    INGEST_DATABASE_URL: role('ingest'),
    EVENT_PUBLIC_KEYS: { kind: 'event public keys' },
  },
  'claims-service': {},
  'clinical-service': {},
} satisfies Record<string, Record<string, Setting<never>>>;

export type RecordService = keyof typeof RECORD;
/** A service with FHIR resources in its database. */
export type DataService = RecordService | 'audit-service';
export type ServiceWithDatabase = DataService | 'auth-service';
export type ServiceName = ServiceWithDatabase | 'fhir-gateway' | 'developer-site';

type WithoutSuffix<Service> = Service extends `${infer Name}-service` ? Name : never;
/** A database is named like its service, without the suffix. */
export type DatabaseName = WithoutSuffix<ServiceWithDatabase>;

export const RECORD_SERVICES = Object.keys(RECORD) as readonly RecordService[];
export const DATA_SERVICES: readonly DataService[] = [...RECORD_SERVICES, 'audit-service'];

/** The audit trail is not a part of the record, so audit-service is not one of these services. */
export const isRecordService = (service: ServiceName): service is RecordService =>
  Object.hasOwn(RECORD, service);

type Settings = Readonly<Record<string, Setting<ServiceName>>>;

export interface ServiceRow {
  /**
   * by environment name, in addition to HOST and PORT and to settings that have a default in the service's own schema
   */
  settings: Settings;
  /** roles in addition to the owner, and the folders of migrations in the order in which they are applied */
  database?: { roles: readonly Exclude<DatabaseRole, 'owner'>[]; migrations: readonly string[] };
  /** does it connect to addresses outside the installation? */
  egress?: true;
  /** can it be reached from outside? */
  ingress?: true;
}

const url = (service: ServiceName) => ({ kind: 'url', service }) as const;
const secret = (name: SharedSecret) => ({ kind: 'secret', secret: name }) as const;

const EVERY_SERVICE: Settings = { PUBLIC_URL: { kind: 'public URL' } };

/** The settings of a service that records access events. It asks audit-service which of them have arrived. */
const EVENT_PRODUCER: Settings = {
  ...EVERY_SERVICE,
  DATABASE_URL: role('service'),
  AUDIT_URL: url('audit-service'),
  EVENT_KEY: { kind: 'event key' },
  KAFKA_BROKERS: { kind: 'brokers' },
};

/** The settings of a data service. It fetches from auth-service the keys with which it verifies tokens. */
const DATA_SERVICE: Settings = {
  ...EVENT_PRODUCER,
  AUTH_URL: url('auth-service'),
  CURSOR_SECRET: secret('cursor'),
};

const RESOURCES = 'libs/fhir-store/prisma/migrations';

const recordService = (own: Settings): ServiceRow => ({
  settings: { ...DATA_SERVICE, ...own },
  database: { roles: ['service', 'ingest'], migrations: [RESOURCES] },
});

type UrlSetting<Service> = `${Uppercase<WithoutSuffix<Service>>}_URL`;

/** @returns the name of the setting with a service's internal base URL: `CLAIMS_URL` */
export const urlSetting = <Service extends ServiceWithDatabase>(service: Service) =>
  `${databaseOf(service).toUpperCase()}_URL` as UrlSetting<Service>;

/** @returns the name of the setting with the database for an import: `CLAIMS_INGEST_URL` */
export const ingestSetting = <Service extends RecordService>(service: Service) =>
  `${databaseOf(service).toUpperCase()}_INGEST_URL` as `${Uppercase<WithoutSuffix<Service>>}_INGEST_URL`;

/** @returns the name of the setting with further databases for an import: `CLAIMS_INGEST_DATABASES` */
export const furtherIngestSetting = <Service extends RecordService>(service: Service) =>
  `${databaseOf(service).toUpperCase()}_INGEST_DATABASES` as `${Uppercase<WithoutSuffix<Service>>}_INGEST_DATABASES`;

export const databaseOf = <Service extends ServiceWithDatabase>(service: Service) =>
  service.replace(/-service$/, '') as WithoutSuffix<Service>;

/**
 * auth-service asks how fresh data is; where there is no Kafka, it sends consents to coverage-service at the same address.
 */
const ASKS_RECORD_SERVICES: Settings = Object.fromEntries(
  RECORD_SERVICES.map((service) => [urlSetting(service), url(service)]),
);

/** The services in the order in which they are started. The public host of the API comes last. */
export const TOPOLOGY: Readonly<Record<ServiceName, ServiceRow>> = {
  'audit-service': {
    settings: {
      ...DATA_SERVICE,
      INGEST_DATABASE_URL: role('ingest'),
      AUDITOR_DATABASE_URL: role('auditor'),
      EVENT_PUBLIC_KEYS: { kind: 'event public keys' },
      CHECKPOINT_KEY: { kind: 'checkpoint key' },
      CHECKPOINT_LOG: { kind: 'checkpoint log' },
    },
    database: {
      roles: ['service', 'ingest', 'auditor'],
      migrations: [RESOURCES, 'apps/audit-service/prisma/migrations'],
    },
  },
  'auth-service': {
    settings: {
      ...EVENT_PRODUCER,
      DEVELOPERS_URL: { kind: 'developers URL' },
      CARD_VIEWER_URL: { kind: 'card viewer URL' },
      ...ASKS_RECORD_SERVICES,
      GATEWAY_CLIENT_SECRET: secret('gatewayClient'),
      KEY_ENCRYPTION_KEY: secret('keyEncryption'),
      MAIL_DIRECTORY: { kind: 'mail directory' },
    },
    database: { roles: ['service'], migrations: ['apps/auth-service/prisma/migrations'] },
    egress: true,
  },
  ...(Object.fromEntries(
    RECORD_SERVICES.map((service) => [service, recordService(RECORD[service])]),
  ) as Record<RecordService, ServiceRow>),
  /**
   * Only browsers call it: on origins of their own, because its pages, the test client and the viewer of cards have scripts. It passes the
   * pages of developers' accounts on from auth-service, and nothing else.
   */
  'developer-site': {
    settings: {
      ...EVERY_SERVICE,
      AUTH_URL: url('auth-service'),
      PREVIEW_PLANS: { kind: 'preview plans' },
      TEST_CLIENT_URL: { kind: 'test client URL' },
      TEST_CLIENT_PLANS: { kind: 'test client plans' },
      CARD_VIEWER_URL: { kind: 'card viewer URL' },
    },
    ingress: true,
  },
  'fhir-gateway': {
    settings: {
      ...EVERY_SERVICE,
      DEVELOPERS_URL: { kind: 'developers URL' },
      AUTH_URL: url('auth-service'),
      ...Object.fromEntries(DATA_SERVICES.map((service) => [urlSetting(service), url(service)])),
      GATEWAY_CLIENT_SECRET: secret('gatewayClient'),
    },
    ingress: true,
  },
};

export const SERVICE_NAMES = Object.keys(TOPOLOGY) as readonly ServiceName[];
export const SERVICES_WITH_DATABASE = SERVICE_NAMES.filter(
  (service): service is ServiceWithDatabase => TOPOLOGY[service].database !== undefined,
);
export const DATABASES: readonly DatabaseName[] = SERVICES_WITH_DATABASE.map(databaseOf);

/** @returns the services that it calls */
export const calledBy = (service: ServiceName): ReadonlySet<ServiceName> =>
  new Set(
    Object.values(TOPOLOGY[service].settings).flatMap((setting) =>
      setting.kind === 'url' ? [setting.service] : [],
    ),
  );
