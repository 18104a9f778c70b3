/**
 * coverage-service in this process, with a real Postgres and a real issuer. Consents arrive as auth-service sends
 * them.
 */
import { join } from 'node:path';
import { applyMigrations, provisionDatabase } from '@patient-access/database';
import {
  type AccessEvent,
  type ConsentFact,
  eventSigner,
  publicEventKey,
  signFact,
} from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { acceptTextBodies } from '@patient-access/fhir-store';
import { MAX_CONSENT_FACTS_BYTES } from '@patient-access/internal-api';
import { ATTEMPT_RULES, type AttemptRules, createLogger, createService } from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import type { TokenClaims } from '@patient-access/smart';
import {
  type Answer,
  ask,
  collectRoutes,
  newEventKey,
  ownEvents,
  requestsEnded,
  startPostgres,
  startTokenIssuer,
  type TokenIssuer,
} from '@patient-access/testing';
import pg from 'pg';
import { coverageConfig } from '../src/config.ts';
import { coverageModule } from '../src/coverage.module.ts';

const AUTH_KEY = newEventKey();
const EVENT_PUBLIC_KEYS = JSON.stringify({ keys: [publicEventKey('auth-service', AUTH_KEY)] });
const PUBLIC_URL = 'https://plan.example';
const ISSUER = `${PUBLIC_URL}/auth/northwind/oauth2/v1`;

export interface World {
  url: string;
  issuer: TokenIssuer;
  /** superuser on the service's database */
  admin: pg.Pool;
  /** all that the router knows */
  routes: readonly { method: string; url: string }[];
  /** Has what left no event recorded now. @returns all events that were recorded since the last time */
  takeEvents(): Promise<AccessEvent[]>;
  /** Delivers facts as they are, as auth-service does. */
  deliver(facts: readonly ConsentFact[], key?: string): Promise<Answer>;
  stop(): Promise<void>;
}

async function listen(service: string, ingest: string, authUrl: string) {
  const config = loadConfig(coverageConfig, {
    PORT: '1',
    PUBLIC_URL,
    DATABASE_URL: service,
    INGEST_DATABASE_URL: ingest,
    AUTH_URL: authUrl,
    CURSOR_SECRET: 'cursor-secret-of-the-tests-0123456789',
    // Nothing listens there, so events stay in the outbox.
    AUDIT_URL: 'http://127.0.0.1:9',
    EVENT_KEY: newEventKey(),
    EVENT_PUBLIC_KEYS,
  });
  const logger = createLogger('coverage-service', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const app = await createService(await coverageModule(config, logger), logger, { publicUrl: PUBLIC_URL });
  const routes = collectRoutes(app.getHttpAdapter().getInstance());
  await acceptTextBodies(app, MAX_CONSENT_FACTS_BYTES);
  await app.listen(0, '127.0.0.1');
  return { app, routes };
}

async function start(owned: AsyncDisposableStack) {
  const postgres = await startPostgres();
  owned.defer(() => postgres.stop());
  const { owner, service, ingest } = await provisionDatabase(postgres.adminUrl, 'coverage', () => 'test');
  await applyMigrations(owner, join(import.meta.dirname, '../../../libs/fhir-store/prisma/migrations'));
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'coverage'), max: 2 });
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  const issuer = await startTokenIssuer(PUBLIC_URL);
  owned.defer(() => issuer.stop());
  const { app, routes } = await listen(service, ingest, issuer.url);
  owned.defer(() => app.close());
  const { counter } = app.get<AttemptRules>(ATTEMPT_RULES, { strict: false });
  const ended = requestsEnded(app.getHttpServer());
  async function takeEvents(): Promise<AccessEvent[]> {
    await ended();
    await counter.flush();
    const { rows } = await admin.query<{ body: string }>('DELETE FROM outbox RETURNING body');
    return ownEvents(
      'coverage-service',
      rows.map(({ body }) => body),
    );
  }
  return { url: await app.getUrl(), issuer, admin, routes, takeEvents };
}

export async function startWorld(): Promise<World> {
  const owned = new AsyncDisposableStack();
  const started = await start(owned).catch(async (error) => {
    await owned.disposeAsync();
    throw error;
  });
  return {
    ...started,
    deliver: (facts, key = AUTH_KEY) =>
      ask(started.url, '/internal/consents', {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: facts.map((each) => signFact(eventSigner('auth-service', key), each)).join('\n'),
      }),
    stop: () => owned.disposeAsync(),
  };
}

/** A consent of Anna for one app. */
export function fact(change: Partial<ConsentFact> = {}): ConsentFact {
  return {
    tenant: 'northwind',
    grantId: 'grant_1-A',
    member: 'anna',
    plan: { iss: ISSUER, name: 'Northwind Health' },
    client: { id: 'app-1', name: 'Health Diary' },
    by: { sub: 'login-1', reference: 'Patient/anna' },
    scope: 'openid launch/patient offline_access patient/Coverage.rs patient/Patient.r',
    labels: [],
    granted: '2026-11-25T10:00:00.000Z',
    until: '2027-02-23T10:00:00.000Z',
    snapshotSha256: 'a'.repeat(64),
    receipt: `${PUBLIC_URL}/auth/northwind/apps/grant_1-A/receipt.jwt`,
    ...change,
  };
}

export const ENDED = { at: '2026-12-01T08:30:00.000Z', reason: 'member' } as const;

/** Sends requests as the gateway does, for an app that may see consents. `path` is below the tenant. */
export async function asMember(world: World, member = 'anna', change: Partial<TokenClaims> = {}) {
  const claims = world.issuer.claims('northwind', member, { scope: 'patient/Consent.rs', ...change });
  const authorization = `Bearer ${await world.issuer.sign(claims)}`;
  return (path: string): Promise<Answer> =>
    ask(world.url, `/northwind/${path}`, { headers: { authorization } });
}

/** The resources of a Bundle, in order. */
export function resourcesIn({ text }: Answer): Resource[] {
  const { entry = [] } = JSON.parse(text) as { entry?: { resource: Resource }[] };
  return entry.map(({ resource }) => resource);
}
