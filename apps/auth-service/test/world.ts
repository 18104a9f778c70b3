/** The environment of these tests: a Postgres with two tenants, and the service on a port of its own. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { applyMigrations, COMMAND, createPool, type Pool, provisionDatabase } from '@patient-access/database';
import { DATABASE_MARKS_PATH } from '@patient-access/internal-api';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  createLogger,
  createService,
  METRICS,
  type Metrics,
} from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import {
  collectRoutes,
  freePort,
  type Postgres,
  requestsEnded,
  startFilledPostgres,
  waitUntil,
} from '@patient-access/testing';
import pg from 'pg';
import { ChangeFeed } from '../src/domain/changes/change-feed.ts';
import { GrantUse } from '../src/domain/consent/grant-use.ts';
import { createPrisma } from '../src/domain/database.ts';
import { type Seed, seed } from '../src/commands/seed.ts';
import { AuthConfig } from '../src/config.ts';
import { authModule } from '../src/module.ts';
import { registerRoutes } from '../src/provider/routes/register-routes.ts';
import { TenantSettings } from '../src/domain/tenant/settings.ts';
import { type TenantServer, Tenants } from '../src/provider/tenants.ts';
import { tenantUrls } from '../src/domain/urls.ts';
import { POOL } from '../src/web/services/tokens.ts';
import { EVENT_KEY } from './event-key.ts';

// The tests go on with a secret that is being replaced.
const GATEWAY_SECRET = 'gateway-secret-of-the-tests';
const NEXT_GATEWAY_SECRET = 'next-gateway-secret-of-the-tests';
const gatewayBasic = (secret: string) => `Basic ${Buffer.from(`fhir-gateway:${secret}`).toString('base64')}`;
export const GATEWAY_BASIC = gatewayBasic(GATEWAY_SECRET);
export const NEXT_GATEWAY_BASIC = gatewayBasic(NEXT_GATEWAY_SECRET);
export const ADMIN_SECRET = 'administration-secret-of-the-tests';
export const NEXT_ADMIN_SECRET = 'next-administration-secret-of-the-tests';
export const PASSWORD = 'correct horse battery staple';

/** The same for all test files, because they begin with copies of one database. */
const MASTER = Buffer.alloc(32, 'master of the tests');

/** The settings of the preview, with a limit of registrations that no test file reaches. */
const settings = TenantSettings.parse({
  nativeApps: true,
  registration: { perAddressPerHour: 100_000, perTenantPerHour: 100_000 },
});

const SEED: Seed = {
  tenants: [
    { id: 'northwind', name: 'Northwind Health Plan', kind: 'preview', settings },
    { id: 'lakeside', name: 'Lakeside Mutual Health', kind: 'preview', settings },
    { id: 'strict', name: 'Strict Plan', kind: 'production' },
  ],
  accounts: [
    {
      tenant: 'northwind',
      login: 'maria.many',
      password: PASSWORD,
      patients: [{ id: 'maria', relationship: 'self', name: 'Maria Castellan' }],
    },
    {
      tenant: 'northwind',
      login: 'paul.parent',
      password: PASSWORD,
      patients: [
        { id: 'paul', relationship: 'self', name: 'Paul Okafor' },
        { id: 'selma', relationship: 'spouse', name: 'Selma Okafor' },
        { id: 'cora', relationship: 'child', name: 'Cora Okafor', fhirUser: 'RelatedPerson/father' },
      ],
    },
    {
      tenant: 'northwind',
      login: 'gina.guardian',
      password: PASSWORD,
      patients: [{ id: 'cora', relationship: 'child', name: 'Cora Okafor' }],
    },
    {
      tenant: 'northwind',
      login: 'rita.related',
      password: PASSWORD,
      fhirUser: 'RelatedPerson/rita',
      patients: [{ id: 'cora', relationship: 'child', name: 'Cora Okafor' }],
    },
    {
      tenant: 'lakeside',
      login: 'manuel.many',
      password: PASSWORD,
      patients: [{ id: 'maria', relationship: 'self', name: 'Manuel Dietrich' }],
    },
  ],
  emails: [],
  people: [],
  clients: [],
  auditors: [
    { tenant: 'northwind', login: 'audrey.auditor', password: PASSWORD },
    { tenant: 'lakeside', login: 'audrey.auditor', password: PASSWORD },
    { tenant: 'strict', login: 'audrey.auditor', password: PASSWORD },
  ],
};

export interface World {
  /** the configured public URL */
  url: string;
  /** the address where it listens, which is the public URL unless that was given */
  address: string;
  /** superuser on the service's database, for tests that inspect it; the service never uses it */
  db: pg.Pool;
  databaseUrl: string;
  /** the connections of its requests */
  pool: Pool;
  /** KEY_ENCRYPTION_KEY */
  master: Buffer;
  /** the settings of the service */
  environment: Readonly<Record<string, string>>;
  postgres: Postgres;
  /** all that the router knows */
  routes: readonly { method: string; url: string }[];
  /** what Prometheus would be shown */
  metrics(): Promise<string>;
  /** Has what left no event recorded now, and the uses of grants. */
  flush(): Promise<void>;
  /** Waits until every replica has heard of what was committed before. */
  heard(): Promise<void>;
  /** the service's server of a tenant, for tests that insert records directly */
  server(tenant?: string): Promise<TenantServer>;
  /**
   * Starts a second replica on the same database.
   *
   * @param settings that it has in the place of those of the first
   * @returns a world that uses this replica
   */
  replica(settings?: Record<string, string>): Promise<World>;
  /** Ends every replica. Its database goes on, for a replica that starts afterwards. */
  stopReplicas(): Promise<void>;
  stop(): Promise<void>;
}

/** @returns the addresses of a tenant in this world */
export const tenantOf = ({ url }: World, tenant = 'northwind') => tenantUrls(url, tenant);

const provision = (adminUrl: string) => provisionDatabase(adminUrl, 'auth', () => 'test');

async function fillDatabase(adminUrl: string): Promise<void> {
  const { owner, service } = await provision(adminUrl);
  await applyMigrations(owner, join(import.meta.dirname, '../prisma/migrations'));
  const pool = await createPool(service, { max: 4, ...COMMAND });
  await seed(createPrisma(pool), [MASTER], SEED);
  await pool.end();
}

/** Starts the service as `runService` does, but in this process. */
async function startAuthService(settings: Record<string, string>, routes: World['routes'][number][] = []) {
  const config = loadConfig(AuthConfig, settings);
  const logger = createLogger('auth-service', config.LOG_LEVEL);
  const app = await createService(await authModule(config, logger), logger, {
    publicUrl: config.PUBLIC_URL,
  });
  collectRoutes(app.getHttpAdapter().getInstance(), routes);
  await registerRoutes(app, config);
  await app.listen(config.PORT, config.HOST);
  return app;
}

function settingsOf(port: number, publicUrl: string, databaseUrl: string) {
  return {
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    DATABASE_URL: databaseUrl,
    KEY_ENCRYPTION_KEY: MASTER.toString('base64url'),
    GATEWAY_CLIENT_SECRET: `${NEXT_GATEWAY_SECRET},${GATEWAY_SECRET}`,
    COVERAGE_URL: 'http://127.0.0.1:9',
    CLAIMS_URL: 'http://127.0.0.1:9',
    CLINICAL_URL: 'http://127.0.0.1:9',
    EVENT_KEY,
  };
}

/** Says that the database is the newest, and takes no events. */
async function startNoTrail(): Promise<{ url: string; stop(): void }> {
  const server = createServer((request, response) => {
    const known = request.url?.startsWith(DATABASE_MARKS_PATH);
    response.writeHead(known ? 200 : 503).end(JSON.stringify({ highest: 0 }));
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() };
}

type App = Awaited<ReturnType<typeof startAuthService>>;

/** Postgres sends notices in the order of the commits. So who hears of a plan that is none has heard of all before. */
async function heardBy(apps: readonly App[], db: pg.Pool): Promise<void> {
  const mark = randomUUID();
  const deaf = new Set(apps.map((app) => app.get(ChangeFeed, { strict: false })));
  for (const feed of deaf) {
    const hear = (tenant?: string) => {
      // After `lost` nothing is cached.
      if (tenant !== undefined && tenant !== mark) return;
      feed.off('tenant', hear).off('lost', hear);
      deaf.delete(feed);
    };
    feed.on('tenant', hear).on('lost', hear);
  }
  await db.query("SELECT pg_notify('tenant', $1)", [mark]);
  await waitUntil(() => deaf.size === 0, { failure: () => 'a replica has not heard of a change' });
}

export async function startWorld(
  options: {
    publicUrl?: string;
    developersUrl?: string;
    cardViewerUrl?: string;
    administration?: false;
    outboxMaxRows?: number;
    coverageUrl?: string;
    /** `COVERAGE_URL`, `CLAIMS_URL` and `CLINICAL_URL`, of services that say how fresh data is */
    recordServices?: Record<string, string>;
    /** of an audit-service; without one events stay in the outbox, where the tests look for them */
    auditUrl?: string;
    /** `SMTP_URL` or `MAIL_DIRECTORY` */
    mail?: Record<string, string>;
  } = {},
): Promise<World> {
  const postgres = await startFilledPostgres('auth', fillDatabase);
  const { service: databaseUrl } = await provision(postgres.adminUrl);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const url = options.publicUrl ?? address;
  const noTrail = await startNoTrail();
  const more = {
    AUDIT_URL: options.auditUrl ?? noTrail.url,
    OUTBOX_MAX_ROWS: String(options.outboxMaxRows ?? 500_000),
    ...(options.administration !== false && { ADMIN_SECRET: `${NEXT_ADMIN_SECRET},${ADMIN_SECRET}` }),
    ...options.mail,
    ...options.recordServices,
    ...(options.developersUrl !== undefined && { DEVELOPERS_URL: options.developersUrl }),
    ...(options.cardViewerUrl !== undefined && { CARD_VIEWER_URL: options.cardViewerUrl }),
    ...(options.coverageUrl !== undefined && { COVERAGE_URL: options.coverageUrl }),
  };
  const routes: World['routes'][number][] = [];
  const environment = { ...settingsOf(port, url, databaseUrl), ...more };
  const first = await startAuthService(environment, routes);
  const ended = requestsEnded(first.getHttpServer());
  const apps = [first];
  const db = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'auth'), max: 2 });
  // Postgres may stop while a connection is still closing.
  db.on('error', () => undefined);
  const world: World = {
    url,
    address,
    db,
    databaseUrl,
    pool: first.get<Pool>(POOL, { strict: false }),
    master: MASTER,
    environment,
    postgres,
    routes,
    metrics: async () => first.get<Metrics>(METRICS, { strict: false }).render(),
    async flush() {
      await ended();
      await first.get<AttemptRules>(ATTEMPT_RULES, { strict: false }).counter.flush();
      await first.get(GrantUse, { strict: false }).flush();
    },
    heard: () => heardBy(apps, db),
    async server(tenant = 'northwind') {
      const server = await first.get(Tenants).get(tenant);
      if (!server) throw new Error(`no tenant ${tenant}`);
      return server;
    },
    async replica(own = {}) {
      const another = await freePort();
      apps.push(await startAuthService({ ...environment, PORT: String(another), ...own }));
      const there = `http://127.0.0.1:${another}`;
      return { ...world, url: there, address: there };
    },
    async stopReplicas() {
      for (const app of apps.splice(0)) await app.close();
    },
    async stop() {
      await db.end();
      await world.stopReplicas();
      noTrail.stop();
      await postgres.stop();
    },
  };
  return world;
}
