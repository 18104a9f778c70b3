/** Compares the environment that a deployment gives a service with the topology. */
import {
  CONTAINER_PORT,
  databaseOf,
  type ServiceName,
  type ServiceWithDatabase,
  type Setting,
  TOPOLOGY,
} from '@patient-access/topology';

/** How one kind of deployment passes settings to the services. */
export interface Deployment {
  /** the path at which a file with a setting's value is mounted */
  secretPath(name: string): string;
  /** values that the deployment writes out, and that are the same for all services */
  literals: Readonly<Record<string, string>>;
}

/** Environment variables by name; undefined for a value that comes from another place, such as a ConfigMap. */
export type Variables = ReadonlyMap<string, string | undefined>;

/** The names of all settings that connect services. A service must have its own, and no others of these. */
const NAMES = new Set(Object.values(TOPOLOGY).flatMap(({ settings }) => Object.keys(settings)));

/** A service that has this calls the others over TLS. */
const CERTIFICATE = 'SERVICE_CERTIFICATE_FILE';

/**
 * @returns the variable for a setting, and its value if the topology knows it; undefined when the setting is not given
 */
function expected(
  name: string,
  setting: Setting<ServiceName>,
  { secretPath, literals }: Deployment,
  scheme: 'http' | 'https',
): [string, string | undefined] | undefined {
  switch (setting.kind) {
    case 'url':
      return [name, `${scheme}://${setting.service}:${CONTAINER_PORT}`];
    case 'database':
    case 'secret':
    case 'event key':
    case 'event public keys':
    case 'checkpoint key':
      return [`${name}_FILE`, secretPath(name)];
    case 'public URL':
    case 'developers URL':
    case 'preview plans':
    case 'test client URL':
    case 'test client plans':
    case 'card viewer URL':
    case 'brokers':
      return [name, literals[name]];
    case 'checkpoint log':
    case 'mail directory':
      return undefined;
    default:
      return setting satisfies never;
  }
}

/** @returns one line for each setting that differs from the topology, and for each that the service must not have */
export function wiringProblems(
  where: string,
  service: ServiceName,
  given: Variables,
  deployment: Deployment,
): string[] {
  const { settings } = TOPOLOGY[service];
  const variables = Object.entries(settings).flatMap(([name, setting]) => {
    const variable = expected(name, setting, deployment, given.has(CERTIFICATE) ? 'https' : 'http');
    return variable ? [variable] : [];
  });
  const allowed = new Set([...variables.map(([name]) => name), 'CHECKPOINT_LOG']);
  const wrong = variables.flatMap(([name, value]) => {
    if (!given.has(name)) return [`${where}: does not set ${name}, which the topology gives it`];
    if (value === undefined || given.get(name) === value) return [];
    return [`${where}: sets ${name} to ${given.get(name)}, and the topology says ${value}`];
  });
  const foreign = [...given.keys()].filter(
    (name) => NAMES.has(name.replace(/_FILE$/, '')) && !allowed.has(name),
  );
  return [...wrong, ...foreign.map((name) => `${where}: sets ${name}, which the topology does not give it`)];
}

/** The certificate of the authority that signs those of the services, of Postgres and of Kafka in compose.yaml. */
export const AUTHORITY = 'internal_ca';

/** What a service shows Kafka and other services in compose.yaml, and by what it knows them and Postgres. */
const tlsSources = (service: ServiceName): [string, string][] => [
  [AUTHORITY, AUTHORITY],
  ...['certificate', 'key'].map((name): [string, string] => [
    `service_${name}`,
    `${service.replaceAll('-', '_')}_${name}`,
  ]),
];

/** What a service can do without: a file that may be empty. */
const MAY_BE_EMPTY: Partial<Record<ServiceName, readonly string[]>> = {
  'audit-service': ['CHECKPOINT_PUBLIC_KEYS', 'RESTORE_PUBLIC_KEYS'],
};

/**
 * @returns the secrets of a service in compose.yaml, by the name of the setting: `claims_service_url` for DATABASE_URL
 */
export const secretSources = (service: ServiceName): ReadonlyMap<string, string> =>
  new Map([
    ...tlsSources(service),
    ...(MAY_BE_EMPTY[service] ?? []).map((name): [string, string] => [name, name.toLowerCase()]),
    ...Object.entries(TOPOLOGY[service].settings).flatMap(([name, setting]): [string, string][] => {
      // Each service has a key of its own.
      if (setting.kind === 'event key')
        return [[name, `${databaseOf(service as ServiceWithDatabase)}_event_key`]];
      if (['secret', 'event public keys', 'checkpoint key'].includes(setting.kind))
        return [[name, name.toLowerCase()]];
      if (setting.kind !== 'database') return [];
      return [[name, `${databaseOf(service as ServiceWithDatabase)}_${setting.role}_url`]];
    }),
  ]);
