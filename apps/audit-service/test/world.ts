/** audit-service in the test process, with a real Postgres, a real issuer, and events as a relay sends them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { applyMigrations, type DatabaseUrls, provisionDatabase } from '@patient-access/database';
import {
  type AccessEvent,
  batchText,
  beyondService,
  type EventBatch,
  eventSigner,
  laneOf,
  publicEventKey,
  recordOf,
  signBatch,
} from '@patient-access/events';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { acceptTextBodies } from '@patient-access/fhir-store';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  createLogger,
  createService,
  METRICS,
  type Metrics,
} from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import type { TokenClaims } from '@patient-access/smart';
import {
  type Answer,
  ask,
  collectRoutes,
  newEventKey,
  ownEvents,
  requestsEnded,
  startFilledPostgres,
  startTokenIssuer,
  type TokenIssuer,
} from '@patient-access/testing';
import pg from 'pg';
import type { z } from 'zod';
import { mountedCheckpointKey } from './checkpoint-key.ts';
import { answeringDirectory } from './directory.ts';
import { auditEventId } from '../src/audit-event.ts';
import { auditModule, MAX_DELIVERY_BYTES } from '../src/audit.module.ts';
import { schema } from '../src/config.ts';

const SERVICES = ['claims', 'coverage', 'clinical', 'auth', 'audit'].map((name) => `${name}-service`);
const KEYS = new Map(SERVICES.map((service) => [service, newEventKey()]));
export const EVENT_PUBLIC_KEYS = JSON.stringify({
  keys: [...KEYS].map(([service, pem]) => publicEventKey(service, pem)),
});
export const signerOf = (service: string) => eventSigner(service, KEYS.get(service) ?? '');
/** Signs manifests; checkpoints are signed by tests. */
export const SIGNING_KEY = mountedCheckpointKey();
const PUBLIC_URL = 'https://plan.example';
const MIGRATIONS = ['../../../libs/fhir-store/prisma/migrations', '../prisma/migrations'];

type AuditUrls = DatabaseUrls & { auditor: string };

export interface World {
  app: NestFastifyApplication;
  /** the settings of the service */
  config: Readonly<z.infer<typeof schema>>;
  url: string;
  issuer: TokenIssuer;
  /** superuser on the service's database */
  admin: pg.Pool;
  urls: AuditUrls;
  /** all that the router knows */
  routes: readonly { method: string; url: string }[];
  /** what Prometheus would be shown */
  metrics(): Promise<string>;
  /** Has what left no event recorded now. */
  flush(): Promise<void>;
  /** Empties the trail, which needs to switch off the triggers that forbid it. */
  empty(): Promise<void>;
  /** Signs records and delivers them, as relays do. The same event gets the same number again. */
  deliver(records: readonly string[]): Promise<Answer>;
  /** Delivers what is signed. */
  send(batches: readonly EventBatch[]): Promise<Answer>;
  /** @throws Error when the service has recorded what nobody would believe it */
  stop(): Promise<void>;
}

const FILLED = 'audit_event chain_head checkpoint batch transfer daily_sum grant_start app_read summed'
  .split(' ')
  .map((table) => `trail.${table}`)
  .concat('dead_letter', 'arrival', 'producer');
/** It waits for whoever writes, as a TRUNCATE would, which makes new files for the hundreds of indexes of the months. */
const EMPTY = `
  BEGIN; SET LOCAL session_replication_role = replica; LOCK TABLE ${FILLED.join()};
  ${FILLED.map((table) => `DELETE FROM ${table};`).join(' ')} COMMIT`;

async function listen(urls: AuditUrls, authUrl: string) {
  const config = loadConfig(schema, {
    PORT: '1',
    PUBLIC_URL,
    DATABASE_URL: urls.service,
    INGEST_DATABASE_URL: urls.ingest,
    AUDITOR_DATABASE_URL: urls.auditor,
    AUTH_URL: authUrl,
    CHECKPOINT_KEY: SIGNING_KEY,
    // Enough for a busy machine.
    AUDITOR_QUESTION_MS: '5000',
    CURSOR_SECRET: 'cursor-secret-of-the-tests-0123456789',
    // Nothing listens at this address, so the service's own events stay in its outbox.
    AUDIT_URL: 'http://127.0.0.1:9',
    EVENT_KEY: KEYS.get('audit-service'),
    EVENT_PUBLIC_KEYS,
  });
  const logger = createLogger('audit-service', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const app = await createService(await auditModule(config, logger), logger, { publicUrl: PUBLIC_URL });
  const routes = collectRoutes(app.getHttpAdapter().getInstance());
  await acceptTextBodies(app, MAX_DELIVERY_BYTES);
  await app.listen(0, '127.0.0.1');
  const ended = requestsEnded(app.getHttpServer());
  const flush = () =>
    ended().then(() => app.get<AttemptRules>(ATTEMPT_RULES, { strict: false }).counter.flush());
  const metrics = () => app.get<Metrics>(METRICS, { strict: false }).render();
  return { app, config, routes, flush, metrics };
}

const provision = (adminUrl: string) =>
  provisionDatabase(adminUrl, 'audit', () => 'test', ['ingest', 'auditor']);

async function fillDatabase(adminUrl: string): Promise<void> {
  const { owner } = await provision(adminUrl);
  await applyMigrations(owner, ...MIGRATIONS.map((folder) => join(import.meta.dirname, folder)));
}

async function start(owned: AsyncDisposableStack) {
  const postgres = await startFilledPostgres('audit', fillDatabase);
  owned.defer(() => postgres.stop());
  const urls = await provision(postgres.adminUrl);
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'audit'), max: 2 });
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  const issuer = await startTokenIssuer(PUBLIC_URL, answeringDirectory);
  owned.defer(() => issuer.stop());
  const { app, ...listening } = await listen(urls, issuer.url);
  owned.defer(() => app.close());
  return { app, ...listening, url: await app.getUrl(), issuer, admin, urls };
}

export async function startWorld(): Promise<World> {
  const owned = new AsyncDisposableStack();
  const started = await start(owned).catch(async (error) => {
    await owned.disposeAsync();
    throw error;
  });
  return {
    ...started,
    async empty() {
      await started.admin.query(EMPTY);
    },
    deliver: (records) => sendTo(started.url, batchesOf(records)),
    send: (batches) => sendTo(started.url, batches),
    async stop() {
      try {
        const { rows } = await started.admin.query<{ body: string }>('SELECT body FROM outbox');
        ownEvents(
          'audit-service',
          rows.map(({ body }) => body),
        );
      } finally {
        await owned.disposeAsync();
        // The next file of this worker has another database, in which numbers begin at 1 (ADR 156).
        lastNumber.clear();
        numbers.clear();
      }
    },
  };
}

/** Delivers to a service that signs for itself. */
export const sendTo = (url: string, batches: readonly EventBatch[]): Promise<Answer> =>
  ask(url, '/internal/access-events', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: batches.map(batchText).join('\n\n'),
  });

const UUID = '5f3c2a10-0000-4000-8000-000000000001';
const producerOf = (service: string) => `${service}/${UUID}`;
export const CLAIMS_PRODUCER = producerOf('claims-service');
const CLAIMS = { service: 'claims-service', tenant: 'northwind', requestId: '' };
const lastNumber = new Map<string, number>();
const numbers = new Map<string, number>();

function nextNumber(producer: string): number {
  const next = (lastNumber.get(producer) ?? 0) + 1;
  lastNumber.set(producer, next);
  return next;
}

type Placed = Pick<AccessEvent, 'service' | 'tenant' | 'requestId' | 'member'>;

/** Who records an event, and under which number: the same event under the same. */
function placeOf({ service, tenant, requestId }: Placed) {
  const [name = ''] = service.split('/');
  const producer = producerOf(KEYS.has(name) ? name : 'claims-service');
  const key = `${tenant} ${requestId} ${service}`;
  const number = requestId ? (numbers.get(key) ?? nextNumber(producer)) : nextNumber(producer);
  numbers.set(key, number);
  return { producer, number };
}

/** Of an event that is, or will be, delivered by {@link World.deliver}. */
export function idOf(event: AccessEvent): string {
  const { producer, number } = placeOf(event);
  return auditEventId(event, producer, number);
}

function placed(record: string): Placed {
  try {
    return { ...CLAIMS, ...(JSON.parse(record) as Partial<Placed>) };
  } catch {
    return CLAIMS;
  }
}

/** As the services' relays send them: a batch for each producer and lane, in the order of numbers. */
export function batchesOf(records: readonly string[]): EventBatch[] {
  const all = records.map((text) => {
    const event = placed(text);
    const { producer, number: sequence } = placeOf(event);
    return { producer, sequence, text, tenant: event.tenant, lane: laneOf(event) };
  });
  const groups = Map.groupBy(all, ({ producer, tenant, lane }) => `${producer} ${tenant} ${lane}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { producer, tenant, lane } = first;
    const byNumber = new Map(same.map((each) => [each.sequence, each]));
    const ascending = [...byNumber.values()].sort((one, other) => one.sequence - other.sequence);
    const signer = signerOf(producer.split('/')[0] ?? '');
    return [signBatch(signer, { producer, tenant, lane, records: ascending })];
  });
}

/** In whose name an event is made that a test does not give to anybody: the first that may record it. */
const RECORDERS = ['claims', 'coverage', 'clinical', 'auth', 'audit'].map((name) => `${name}-service`);

function recorderOf({ kind = 'rest', counts, resources, resource }: Partial<AccessEvent>): string {
  const said = { kind, counts, resources, resource };
  return RECORDERS.find((service) => !beyondService(service, { ...said, service })) ?? 'claims-service';
}

const CLAIM = { resource: { reference: 'ExplanationOfBenefit/7', version: '2' } };

/** A member's read of one claim, disclosed. What is said of other types takes its place. */
export function accessEvent(change: Partial<AccessEvent> = {}): AccessEvent {
  const isOfOthers = change.counts !== undefined && !('ExplanationOfBenefit' in change.counts);
  const told = { counts: { ExplanationOfBenefit: 1 }, ...(!isOfOthers && CLAIM), ...change };
  return {
    requestId: randomUUID(),
    service: recorderOf(told),
    tenant: 'northwind',
    recorded: '2026-11-25T10:00:00.000Z',
    kind: 'rest',
    action: 'read',
    outcome: '0',
    member: 'anna',
    client: { id: 'app-1', name: 'Health Diary' },
    user: { iss: 'https://plan.example/auth/northwind/oauth2/v1', sub: 'login-1', fhirUser: 'Patient/anna' },
    grantId: 'grant-1',
    token: 'sha256.jti-1',
    scope: 'patient/*.rs',
    released: [],
    address: '192.0.2.7',
    request: 'GET ExplanationOfBenefit/7',
    type: 'ExplanationOfBenefit',
    bodyHash: 'a'.repeat(64),
    ...told,
  };
}

export const asLines = (...events: AccessEvent[]): string[] => events.map(recordOf);

/** Asks as the gateway does, for a member who may see the trail. `path` is below the tenant. */
export async function asMember(
  world: World,
  tenant: string,
  member: string,
  change: Partial<TokenClaims> = {},
) {
  const claims = world.issuer.claims(tenant, member, { scope: 'patient/AuditEvent.rs', ...change });
  const authorization = `Bearer ${await world.issuer.sign(claims)}`;
  return (path: string): Promise<Answer> =>
    ask(world.url, `/${tenant}/${path}`, { headers: { authorization } });
}

interface Coded {
  system?: string;
  code?: string;
}

/** The elements of an AuditEvent that these tests read. */
export interface AuditEventJson {
  id: string;
  meta: { profile?: string[]; versionId: string };
  extension?: { url: string; valueCoding?: Coded }[];
  type: Coded;
  subtype: Coded[];
  action: string;
  recorded: string;
  outcome: string;
  outcomeDesc?: string;
  agent: {
    type: { coding: Coded[] };
    who: { reference?: string; display?: string; identifier?: { system?: string; value: string } };
    requestor: boolean;
    network?: { address: string; type: string };
    media?: unknown;
    policy?: string[];
  }[];
  source: { observer: { display: string } };
  entity: {
    what?: { reference?: string; identifier?: { value: string } };
    type: Coded;
    role?: Coded;
    query?: string;
    lifecycle?: unknown;
    detail?: unknown;
  }[];
}

export function eventsIn(answer: Answer): AuditEventJson[] {
  const { entry = [] } = JSON.parse(answer.text) as { entry?: { resource: AuditEventJson }[] };
  return entry.map(({ resource }) => resource);
}
