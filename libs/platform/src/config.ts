import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** `claims-service:8080` is a URL as well, with the scheme `claims-service`. */
export const HttpUrl = z.url({
  protocol: /^https?$/,
  error: 'not an address that begins with http:// or https://',
});

/** A connection URL of Postgres. */
export const DatabaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'not a URL that begins with postgres:// (what is special in a password has to be percent-encoded)',
});

/** A URL of which only scheme, host and port count (RFC 6454 section 6.2). */
export const SchemeAndHost = HttpUrl.transform((url) => new URL(url).origin);

/** The first one is used. Each of them is accepted, so that a secret can be replaced while services run. */
export type AcceptedSecrets = readonly [string, ...string[]];

/** One or more secrets with commas between. */
export const secrets = (leastCharacters: number) =>
  z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine(
      (all): all is [string, ...string[]] => all.every(({ length }) => length >= leastCharacters),
      `must have ${leastCharacters} characters or more; several of them with commas between`,
    );

/** Browsers send cookies to every port of a host, so another port is not enough for pages that have scripts. */
export const hasOwnHost = (url: string | undefined, other: string | undefined): boolean =>
  url === undefined || other === undefined || new URL(url).hostname !== new URL(other).hostname;

/**
 * Settings of every service. What a setting means is said in its schema, here and in every other schema of settings:
 * docs/operate.md is made from it. A number has a unit.
 */
export const ServiceConfig = z.object({
  HOST: z.string().default('127.0.0.1').meta({ description: 'address on which the service listens' }),
  PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .meta({ description: 'on which it listens', unit: 'TCP port' }),
  PUBLIC_URL: SchemeAndHost.meta({
    description: 'scheme and host that clients see; all links, issuers and audiences are made from it',
  }),
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(9_464)
    .meta({ description: 'where Prometheus asks for the metrics, on `HOST`', unit: 'TCP port' }),
  RELEASE: z
    .string()
    .max(64)
    .default('unknown')
    .meta({ description: 'which release this is, for the metrics' }),
  SERVICE_CA_FILE: z.string().optional().meta({
    description:
      'file with the authority of the services’ certificates (PEM); with the two that follow, services call each other over TLS alone',
  }),
  SERVICE_CERTIFICATE_FILE: z.string().optional().meta({
    description: 'file with the certificate of this service, for both sides of a connection (PEM)',
  }),
  SERVICE_KEY_FILE: z.string().optional().meta({ description: 'file with its private key (PEM)' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: HttpUrl.optional().meta({
    description:
      'base URL of a collector that takes traces (OTLP over HTTP as JSON, at `/v1/traces`); without it no span is made',
  }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.01).meta({
    description:
      'of the traces that begin here, the share that is kept, 0 to 1; a service goes on with the decision of the service that calls it',
    unit: 'share',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ description: 'what is logged: `trace`, `debug`, `info`, `warn`, `error` or `silent`' }),
});

/** A wrong setting. The message is one line that names it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * `NAME_FILE` holds the path of a file that contains the value of NAME. Secrets are mounted in this way (security
 * rule D29).
 */
function readSecretFiles(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = { ...env };
  for (const [name, path] of Object.entries(env)) {
    if (!name.endsWith('_FILE') || !path) continue;
    try {
      values[name.slice(0, -'_FILE'.length)] = readFileSync(path, 'utf8').trim();
    } catch (error) {
      throw new ConfigError(
        `${name}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      );
    }
  }
  return values;
}

/**
 * @returns what is set, with the values of files. What is empty is left out: a Deployment names a setting also where the
 *   installation has no value for it
 * @throws ConfigError about a file that cannot be read
 */
export const givenSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(readSecretFiles(env)).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );

/**
 * Parses the environment once, with the app's one schema.
 *
 * @returns the frozen configuration
 * @throws ConfigError naming every missing or wrong setting; it never shows a value
 */
export function loadConfig<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): Readonly<z.infer<T>> {
  const given = givenSettings(env);
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data as object) as Readonly<z.infer<T>>;
  const isMissing = ({ code, path }: z.core.$ZodIssue) =>
    code === 'invalid_type' && !(String(path[0]) in given);
  const issues = result.error.issues.map(
    (issue) => `${issue.path.join('.')}: ${isMissing(issue) ? 'missing, or empty' : issue.message}`,
  );
  throw new ConfigError(`wrong configuration: ${issues.join('; ')}`);
}
