/** Reads the environment and the arguments of `npm start`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '@patient-access/platform/config';
import { namedPostgres } from '@patient-access/testing';
import { type DatabaseName, PreviewFolder, SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import { z } from 'zod';
import type { KafkaEnvironment, RoleUrls } from './environment.ts';

const MAX_MEMBERS = 1_000_000;

const isOrigin = (text: string) => new URL(text).href === `${text}/`;
const ORIGIN_ALONE = 'scheme and host alone, without a path';

const Environment = z.object({
  /** port of the public host */
  PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  /**
   * scheme and host that clients see, where a proxy with TLS stands in front: `https://preview.example`; left out:
   * `http://localhost` and the port
   */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isOrigin, ORIGIN_ALONE)
    .optional(),
  /** scheme and host of the developer site, where a proxy with TLS stands in front; left out: loopback and the next port */
  DEVELOPERS_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isOrigin, ORIGIN_ALONE)
    .optional(),
  /** scheme and host of the test client, where a proxy with TLS stands in front; left out: loopback and the port after */
  TEST_CLIENT_URL: z
    .url({ protocol: /^https?$/ })
    .refine(isOrigin, ORIGIN_ALONE)
    .optional(),
  ...PreviewFolder.shape,
  /** folder of the programs of another PostgreSQL, 17 or later, such as `/usr/lib/postgresql/17/bin`; left out, or `npm`: npm's */
  POSTGRES_PROGRAMS: z.string().optional(),
  /** npm sets it to the name of the script that it runs */
  npm_lifecycle_event: z.string().optional(),
});

export interface PreviewOptions {
  port: number;
  publicUrl: string;
  /** left out: a free port of this machine, under a name of its own */
  developersUrl?: string | undefined;
  /** left out: another free port of the same name */
  testClientUrl?: string | undefined;
  directory: string;
  /** with brokers, events go through them instead of straight to audit-service */
  kafka: KafkaEnvironment;
  /** settings that each service gets as they are: about traces, quotas, and the log */
  passedOn?: Readonly<Record<string, string>>;
  /** folder of the programs of another Postgres; left out: the one from npm */
  postgresPrograms?: string;
  /** gives the connection URLs that the services use, where a pooler stands before Postgres; left out: Postgres' own */
  pooled?: (databases: Readonly<Record<DatabaseName, RoleUrls>>) => Promise<Record<DatabaseName, RoleUrls>>;
  /** whether the services call each other over TLS */
  serviceTls?: boolean;
  fresh: boolean;
  /** then it ends with npm */
  startedByNpm?: boolean;
  members: number;
  seed: number;
  /** the day of the made-up data, `YYYY-MM-DD`; left out: the day of the start, in UTC */
  today?: string;
  /** services that are not started, so that a developer can run them with `nx serve` */
  without?: readonly ServiceName[];
}

/** How the names of settings begin that each service gets as they are: about traces, quotas, and what the log holds. */
const PASSED_ON = ['OTEL_', 'QUOTA_', 'LOG_LEVEL'];

/** @returns those settings of the services that are passed on to each of them */
const passedOn = (env: NodeJS.ProcessEnv, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (name.startsWith(prefix) && value ? [[name, value]] : [])),
  );

function serviceNamed(name: string): ServiceName {
  const service = SERVICE_NAMES.find((each) => each === name);
  if (!service) throw new Error(`--without: one of ${SERVICE_NAMES.join(', ')}`);
  return service;
}

const ISO_DAY_LENGTH = 10;

/** @returns the day in UTC, `YYYY-MM-DD` */
export const dayNow = (): string => new Date().toISOString().slice(0, ISO_DAY_LENGTH);

function dayNamed(text: string): string {
  if (!z.iso.date().safeParse(text).success) throw new Error('--today: a day, YYYY-MM-DD');
  return text;
}

/** Reads `--fresh`, `--service-tls`, `--members N`, `--seed N`, `--today {day}`, `--without {service}`, and the environment. @throws Error with one line about a wrong value */
export function previewOptions(): PreviewOptions {
  const config = loadConfig(Environment, process.env);
  const programs = namedPostgres(config.POSTGRES_PROGRAMS);
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      'service-tls': { type: 'boolean', default: false },
      members: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      today: { type: 'string' },
      without: { type: 'string', multiple: true, default: [] },
    },
  });
  const whole = (name: string, text: string, max: number) => {
    if (!/^[1-9]\d{0,8}$/.test(text) || Number(text) > max)
      throw new Error(`--${name}: a whole number, 1 to ${max}`);
    return Number(text);
  };
  return {
    port: config.PORT,
    publicUrl: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`,
    developersUrl: config.DEVELOPERS_URL,
    testClientUrl: config.TEST_CLIENT_URL,
    directory: resolve(config.LOCAL_DIR),
    kafka: passedOn(process.env, 'KAFKA_'),
    passedOn: Object.assign({}, ...PASSED_ON.map((prefix) => passedOn(process.env, prefix))) as Record<
      string,
      string
    >,
    ...(programs !== undefined && { postgresPrograms: programs }),
    serviceTls: values['service-tls'],
    fresh: values.fresh,
    startedByNpm: config.npm_lifecycle_event === 'start',
    members: whole('members', values.members, MAX_MEMBERS),
    seed: whole('seed', values.seed, 999_999_999),
    ...(values.today !== undefined && { today: dayNamed(values.today) }),
    without: values.without.map(serviceNamed),
  };
}
