/** A data service in this process, with a real Postgres and a real issuer. */
import { join } from 'node:path';
import {
  applyMigrations,
  COMMAND,
  createPool,
  type DatabaseUrls,
  provisionDatabase,
} from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import type { Owner, Resource } from '@patient-access/fhir';
import { KafkaConfig } from '@patient-access/kafka-client/config';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  createLogger,
  createService,
  METRICS,
  type Metrics,
} from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import {
  type Answer,
  ask,
  collectRoutes,
  newEventKey,
  ownEvents,
  type Postgres,
  type RequestOptions,
  requestsEnded,
  startFilledPostgres,
  startPostgres,
  startTokenIssuer,
  type TokenIssuer,
} from '@patient-access/testing';
import pg from 'pg';
import { Ingest } from '../src/ingest/ingest.ts';
import { alone } from '../src/ingest/turns/storing.ts';
import type { Moving } from '../src/ingest/persons/change-persons.ts';
import { type Withdrawal, withdraw } from '../src/ingest/persons/withdrawal.ts';
import { acceptTextBodies, fhirServiceModule } from '../src/module.ts';

const PUBLIC_URL = 'https://plan.example';
const CURSOR_SECRET = 'cursor-secret-of-the-tests-0123456789';
export const base = (tenant: string) => `${PUBLIC_URL}/payer/patient-access/v2/${tenant}`;

const DATABASE = 'clinical';

export interface World {
  url: string;
  issuer: TokenIssuer;
  postgres: Postgres;
  urls: DatabaseUrls;
  /** superuser on the service's database, for tests that inspect or break it; the service never uses it */
  admin: pg.Pool;
  /** of the ingest role, as an import has it */
  ingest: pg.Pool;
  /** Stores resources as an import does; throws when one is not stored. */
  store(tenant: string, ...resources: Resource[]): Promise<void>;
  /** Deletes resources as an import does; throws when one is not deleted. */
  erase(tenant: string, ...references: string[]): Promise<void>;
  /** Takes a record from a member as the command does. */
  withdraw(tenant: string, mistake: Parameters<typeof withdraw>[1]): Promise<Withdrawal>;
  /** With what the command merges and splits persons. */
  moving(tenant: string): Moving;
  /** all that the router knows */
  routes: readonly { method: string; url: string }[];
  /** what Prometheus would be shown */
  metrics(): Promise<string>;
  /** Has what left no event recorded now. */
  flush(): Promise<void>;
  /** Events in the outbox, newest last. */
  events(): Promise<AccessEvent[]>;
  stop(): Promise<void>;
}

/** A JWT is good for some seconds, and a busy machine may take some of them for a request. */
const SIGNED_AGAIN_MS = 1_000;

export type Asker = (path: string, question?: RequestOptions) => Promise<Answer & { requestId: string }>;

let minted = 0;
/** Makes request ids as the gateway does. */
const nextRequestId = () => `019abcde-0000-7000-8000-${String((minted += 1)).padStart(12, '0')}`;

const ORDINAL = /([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]+)\/_history\/(\d{1,2})(?!\w)/g;

/** The id of the first, second … version of a resource; the number itself if there is no such version. */
export async function versionId(
  { admin }: World,
  tenant: string,
  { type, id, version }: { type: string; id: string; version: number },
): Promise<string> {
  const { rows } = await admin.query<{ version_id: string }>(
    `SELECT version_id FROM resource WHERE tenant = $1 AND type = $2 AND id = $3 AND version = $4 AND form = 0
     UNION SELECT version_id FROM resource_history WHERE tenant = $1 AND type = $2 AND id = $3 AND version = $4 AND form = 0`,
    [tenant, type, id, version],
  );
  return rows[0]?.version_id ?? String(version);
}

/** Version ids are opaque, so tests number the versions: `_history/2` becomes the id of the second version. */
async function withVersionIds(world: World, tenant: string, text: string): Promise<string> {
  const named = new Map<string, string>();
  for (const [whole, type = '', id = '', version = ''] of text.matchAll(ORDINAL))
    named.set(
      whole,
      `${type}/${id}/_history/${await versionId(world, tenant, { type, id, version: Number(version) })}`,
    );
  // All at once: an id that begins with a digit would otherwise be taken for the next number.
  return text.replace(ORDINAL, (whole) => named.get(whole) ?? whole);
}

/**
 * Sends requests as the gateway does, for the caller whom the claims describe. `path` is below the tenant, and
 * `_history/2` in it means the second version.
 */
export async function asking(world: World, claims: TokenClaims): Promise<Asker> {
  const sign = () => world.issuer.sign(claims);
  let [jwt, signed] = [await sign(), Date.now()];
  return async (numbered, numberedQuestion = {}) => {
    // The gateway asks for a new introspection JWT every few seconds, and so a slow test does.
    if (Date.now() - signed > SIGNED_AGAIN_MS) [jwt, signed] = [await sign(), Date.now()];
    const path = await withVersionIds(world, claims.tenant, numbered);
    const { body } = numberedQuestion;
    const question =
      typeof body === 'string'
        ? { ...numberedQuestion, body: await withVersionIds(world, claims.tenant, body) }
        : numberedQuestion;
    const requestId = nextRequestId();
    const headers = { authorization: `Bearer ${jwt}`, 'x-request-id': requestId, ...question.headers };
    return { ...(await ask(world.url, `/${claims.tenant}/${path}`, { ...question, headers })), requestId };
  };
}

/** Sends requests for a member whose token opens everything. */
export const asMember = (world: World, tenant: string, member: string, change: Partial<TokenClaims> = {}) =>
  asking(world, world.issuer.claims(tenant, member, change));

export interface Bundle {
  total?: number;
  link: { relation: string; url: string }[];
  entry?: { fullUrl: string; resource: Resource; search?: { mode: string } }[];
}

export const bundleOf = (answer: Answer): Bundle => JSON.parse(answer.text) as Bundle;
/** Ids of a page, in its order. */
export const idsOf = (answer: Answer): string[] =>
  (bundleOf(answer).entry ?? []).map(({ resource }) => resource.id);
/** Path of the next page below the tenant, as {@link Asker} takes it. */
export function nextOf(answer: Answer, tenant: string): string | undefined {
  const url = bundleOf(answer).link.find(({ relation }) => relation === 'next')?.url;
  return url?.slice(base(tenant).length + 1);
}

/** @param DATABASES further databases of the service, by their names */
export async function listen(
  owner: Owner,
  databaseUrl: string,
  issuer: TokenIssuer,
  maxRows: number,
  DATABASES: Readonly<Record<string, string>> = {},
) {
  const logger = createLogger(owner, process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const module = await fhirServiceModule(
    owner,
    {
      HOST: '127.0.0.1',
      PORT: 1,
      PUBLIC_URL,
      LOG_LEVEL: 'silent',
      METRICS_PORT: 0,
      RELEASE: 'test',
      OTEL_TRACES_SAMPLER_ARG: 0,
      DATABASE_URL: databaseUrl,
      DATABASES,
      DATABASE_CONNECTIONS: 4,
      AUTH_URL: issuer.url,
      CURSOR_SECRET: [CURSOR_SECRET],
      // Nothing listens there, so events stay in the outbox, where the tests look for them.
      AUDIT_URL: 'http://127.0.0.1:9',
      EVENT_KEY: newEventKey(),
      ...KafkaConfig.parse({}),
      OUTBOX_MAX_ROWS: maxRows,
    },
    logger,
  );
  const app = await createService(module, logger, { publicUrl: PUBLIC_URL });
  const routes = collectRoutes(app.getHttpAdapter().getInstance());
  await acceptTextBodies(app);
  await app.listen(0, '127.0.0.1');
  const ended = requestsEnded(app.getHttpServer());
  const flush = () =>
    ended().then(() => app.get<AttemptRules>(ATTEMPT_RULES, { strict: false }).counter.flush());
  const metrics = () => app.get<Metrics>(METRICS, { strict: false }).render();
  return { app, routes, flush, metrics, url: await app.getUrl() };
}

const urlsAt = ({ adminUrl }: Pick<Postgres, 'adminUrl'>, database = DATABASE): Promise<DatabaseUrls> =>
  provisionDatabase(adminUrl, database, () => 'test');

export async function provision(
  postgres: Pick<Postgres, 'adminUrl'>,
  database = DATABASE,
): Promise<DatabaseUrls> {
  const urls = await urlsAt(postgres, database);
  await applyMigrations(urls.owner, join(import.meta.dirname, '../prisma/migrations'));
  return urls;
}

/** Starts one thing after the other. `owned` stops them in reverse order, even if some of them did not start. */
async function start(
  owned: AsyncDisposableStack,
  { dir }: { dir?: string },
  { owner, maxRows, issuer: shared }: { owner: Owner; maxRows: number; issuer?: TokenIssuer },
) {
  const fill = (adminUrl: string) => provision({ adminUrl });
  const postgres = dir === undefined ? await startFilledPostgres('data', fill) : await startPostgres({ dir });
  owned.defer(() => postgres.stop());
  // Migrations that are there already would be compared once more, for which each worker would load Prisma's engine.
  const urls = await (dir === undefined ? urlsAt : provision)(postgres);
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, DATABASE), max: 2 });
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  // With the deadlines of an import: a disk that is busy for a moment fails no test.
  const ingest = await createPool(urls.ingest, { max: 1, ...COMMAND });
  owned.defer(() => ingest.end());
  const issuer = shared ?? (await startTokenIssuer(PUBLIC_URL));
  if (!shared) owned.defer(() => issuer.stop());
  const { app, ...listening } = await listen(owner, urls.service, issuer, maxRows);
  owned.defer(() => app.close());
  return { postgres, urls, admin, ingest, issuer, ...listening };
}

/**
 * Starts the data service that production runs, on a database of its own.
 *
 * @param options.dir data directory, which is kept
 * @param maxRows limit of the outbox; the default is so high that no test reaches it by accident
 * @param issuer of another world in the same process. Passport keeps one strategy for each name, so both worlds share
 * it
 */
export async function startWorld(
  options: { dir?: string } = {},
  owner: Owner = 'clinical-service',
  maxRows = 500_000,
  issuer?: TokenIssuer,
): Promise<World> {
  const owned = new AsyncDisposableStack();
  const started = await start(owned, options, { owner, maxRows, ...(issuer && { issuer }) }).catch(
    async (error) => {
      await owned.disposeAsync();
      throw error;
    },
  );
  const { admin, ingest } = started;
  return {
    ...started,
    async store(tenant, ...resources) {
      const items = resources.map((resource) => ({ resource, origin: 0 }));
      for (const result of await new Ingest(alone(ingest), tenant).store(items))
        if (result.status === 'rejected') throw new Error(result.reason);
    },
    async erase(tenant, ...references) {
      const items = references.map((reference) => {
        const [type = '', id = ''] = reference.split('/');
        return { deleted: { type, id }, origin: 0 };
      });
      for (const result of await new Ingest(alone(ingest), tenant).store(items))
        if (result.status !== 'deleted') throw new Error(result.status);
    },
    withdraw(tenant, mistake) {
      const databases = alone(ingest);
      const context = { databases, tenant, ingest: new Ingest(databases, tenant) };
      return withdraw({ ...context, feed: { owner, by: 'officer' } }, mistake);
    },
    moving: (tenant) => ({ databases: alone(ingest), tenant, feed: { owner, by: 'officer' } }),
    async events() {
      const { rows } = await admin.query<{ body: string }>(
        "SELECT body FROM outbox ORDER BY created_at, body::json ->> 'requestId'",
      );
      return ownEvents(
        owner,
        rows.map(({ body }) => body),
      );
    },
    stop: () => owned.disposeAsync(),
  };
}

/** Removes what differs between two answers that are otherwise the same. */
export function withoutRequestId({ status, headers, text, requestId }: Answer & { requestId: string }) {
  const { date: _date, 'x-request-id': _id, ...rest } = headers;
  return { status, headers: rest, text: text.replaceAll(requestId, '') };
}

/** What a Bundle holds, as an event names it. */
export function versionsIn(bundle: string): { type: string; id: string; version: string }[] {
  type Entry = { resource: { resourceType: string; id: string; meta: { versionId: string } } };
  const { entry = [] } = JSON.parse(bundle) as { entry?: Entry[] };
  return entry
    .filter(({ resource }) => resource.resourceType !== 'OperationOutcome')
    .map(({ resource: { resourceType: type, id, meta } }) => ({ type, id, version: meta.versionId }));
}
