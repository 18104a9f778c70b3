/** Runs the owners of a store in this process, and sends them requests as the gateway does. */
import type { Owner } from '@patient-access/fhir';
import { acceptTextBodies, ENGINE, type Engine, fhirServiceModule } from '@patient-access/fhir-store';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import { createLogger, createService } from '@patient-access/platform';
import { newEventKey, startTokenIssuer, type TokenIssuer } from '@patient-access/testing';
import { Pool } from 'undici';
import { BENCH_TENANT } from '../store.ts';
import type { Grown } from './world.ts';

const PUBLIC_URL = 'https://plan.example';

/** Nothing listens at this address, because the trail is not measured here. */
const NOWHERE = {
  AUDIT_URL: 'http://127.0.0.1:9',
  EVENT_KEY: newEventKey(),
  OUTBOX_MAX_ROWS: 10_000_000,
};

/** Options of the services. Only a bench can make a service that records nothing. */
interface Manner {
  connections?: number;
  recording?: boolean;
  /** URL of the receiver of its events */
  auditUrl?: string;
}

async function start(
  owner: Owner,
  { urls }: Pick<Grown, 'urls'>,
  issuer: TokenIssuer,
  { connections = 1, recording = true, auditUrl = NOWHERE.AUDIT_URL }: Manner,
) {
  const logger = createLogger(owner, 'silent');
  const config = {
    HOST: '127.0.0.1',
    PORT: 1,
    PUBLIC_URL,
    LOG_LEVEL: 'silent' as const,
    METRICS_PORT: 0,
    RELEASE: 'bench',
    OTEL_TRACES_SAMPLER_ARG: 0,
    DATABASE_URL: urls.service,
    DATABASE_CONNECTIONS: 2,
    AUTH_URL: issuer.url,
    CURSOR_SECRET: ['cursor-secret-of-the-bench-0123456789'] satisfies [string],
    ...KafkaConfig.parse({}),
    ...NOWHERE,
    AUDIT_URL: auditUrl,
  };
  const module = await fhirServiceModule(owner, config, logger);
  const app = await createService(module, logger, { publicUrl: PUBLIC_URL });
  await acceptTextBodies(app);
  if (!recording) app.get<Engine>(ENGINE).record = () => Promise.resolve();
  await app.listen(0, '127.0.0.1');
  const connection = new Pool(await app.getUrl(), { connections });
  return { app, connection };
}

/** Starts the one issuer that all services of this process know. */
export const startIssuer = () => startTokenIssuer(PUBLIC_URL);

export interface Services {
  /** @returns milliseconds until the compressed response was complete */
  ask(owner: Owner, path: string, member: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the owners of a store. Here, claims and clinical data are in one database. */
export async function startServices(
  grown: Pick<Grown, 'urls'>,
  issuer: TokenIssuer,
  manner: Manner = {},
): Promise<Services> {
  const owners = {
    'claims-service': await start('claims-service', grown, issuer, manner),
    'clinical-service': await start('clinical-service', grown, issuer, manner),
  };
  const all = Object.values(owners);
  return {
    async ask(owner, path, member) {
      const jwt = await statementFor(issuer, member);
      const startedAt = performance.now();
      const { statusCode, body } = await owners[owner as keyof typeof owners].connection.request({
        path: `/${BENCH_TENANT}/${path}`,
        method: 'GET',
        headers: { authorization: `Bearer ${jwt}`, 'accept-encoding': 'gzip' },
      });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`${path} was answered with ${statusCode}`);
      return performance.now() - startedAt;
    },
    async stop() {
      await Promise.all(all.map(({ connection }) => connection.close()));
      await Promise.all(all.map(({ app }) => app.close()));
    },
  };
}

/**
 * An introspection JWT is valid for eight seconds. A service does not verify the same one again, so it is used for half
 * of that.
 */
const SIGNED_FOR_MS = 4_000;
const signed = new WeakMap<TokenIssuer, { jwt: Promise<string>; until: number }>();

function statementFor(issuer: TokenIssuer, member: string): Promise<string> {
  const now = Date.now();
  const known = signed.get(issuer);
  if (known && known.until > now) return known.jwt;
  const jwt = issuer.sign(issuer.claims(BENCH_TENANT, member));
  signed.set(issuer, { jwt, until: now + SIGNED_FOR_MS });
  return jwt;
}
