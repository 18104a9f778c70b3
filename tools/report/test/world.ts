/** The databases of audit-service and of an owner, filled in the same way as those services fill them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  applyMigrations,
  createPool,
  inTransaction,
  type Pool,
  provisionDatabase,
} from '@patient-access/database';
import {
  type AccessEvent,
  type EventBatch,
  eventOf,
  laneOf,
  type OpenedBatch,
  recordHash,
  recordOf,
} from '@patient-access/events';
import type { Resource } from '@patient-access/fhir';
import { alone, Ingest } from '@patient-access/fhir-store/ingest';
import { COMPILE_CACHE, startFilledPostgres } from '@patient-access/testing';
import pg from 'pg';
import { requestsOf, type StoredRequest } from '../prior-authorization/requests.ts';

/** What an ExplanationOfBenefit of a year before may contain: it is of no year by that. */
export const ASKED = { resourceType: 'Claim', id: 'asked', created: '2026-01-02' };

/** The prior authorizations of a year. */
export async function receivedIn(pool: Pool, year: number): Promise<StoredRequest[]> {
  const requests: StoredRequest[] = [];
  for await (const some of requestsOf(pool, 'northwind', year)) requests.push(...some);
  return requests;
}

const root = join(import.meta.dirname, '../../..');
/**
 * A tool must not import an app. This test does, because it has to show that the report counts what the service stores.
 */
const STORE_EVENTS = join(root, 'apps/audit-service/src/store-events.ts');
const ENGINE = join(root, 'libs/fhir-store/prisma/migrations');
const AUDIT = join(root, 'apps/audit-service/prisma/migrations');

type StoreBatch = (client: pg.PoolClient, batch: OpenedBatch & { batch: EventBatch }) => Promise<void>;

export interface World {
  /** pool of the auditor role on audit-service's database */
  auditor: Pool;
  /** pool of the ingest role on an owner's database */
  owner: Pool;
  /** what the commands are told of both databases */
  environment: Record<string, string>;
  /** superuser on audit-service's database */
  admin: pg.Pool;
  record(...events: AccessEvent[]): Promise<void>;
  store(...resources: Resource[]): Promise<void>;
  stop(): Promise<void>;
}

const PRODUCER = 'claims-service/5f3c2a10-0000-4000-8000-000000000001';

/** A batch of one event, as audit-service accepts it once it has looked at the signature. */
function accepted(event: AccessEvent, sequence: number) {
  const text = recordOf(event);
  const batch: EventBatch = {
    producer: PRODUCER,
    tenant: event.tenant,
    lane: laneOf(event),
    kid: 'of no use here',
    signature: 'of no use here',
    records: [{ sequence, text }],
  };
  const hash = recordHash(text);
  return { batch, records: [{ sequence, text, hash, event: eventOf(text) }], invalid: [], hashes: [hash] };
}

const provision = (adminUrl: string) =>
  Promise.all([
    provisionDatabase(adminUrl, 'audit', () => 'test', ['ingest', 'auditor']),
    provisionDatabase(adminUrl, 'coverage', () => 'test'),
  ]);

async function fill(adminUrl: string): Promise<void> {
  const [audit, coverage] = await provision(adminUrl);
  await applyMigrations(audit.owner, ENGINE, AUDIT);
  await applyMigrations(coverage.owner, ENGINE);
}

export async function startWorld(): Promise<World> {
  const owned = new AsyncDisposableStack();
  const { storeBatch } = (await import(STORE_EVENTS)) as { storeBatch: StoreBatch };
  let sequence = 0;
  const postgres = await startFilledPostgres('audit-and-coverage', fill);
  owned.defer(() => postgres.stop());
  const [audit, coverage] = await provision(postgres.adminUrl);
  const open = async (url: string) => {
    const pool = await createPool(url, { max: 1, statementTimeoutMs: 120_000 });
    owned.defer(() => pool.end());
    return pool;
  };
  const [auditor, ingest, owner] = [
    await open(audit.auditor),
    await open(audit.ingest),
    await open(coverage.ingest),
  ];
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'audit'), max: 1 });
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  return {
    auditor,
    owner,
    admin,
    environment: {
      ...COMPILE_CACHE,
      AUDITOR_DATABASE_URL: audit.auditor,
      COVERAGE_INGEST_URL: coverage.ingest,
      CLAIMS_INGEST_URL: coverage.ingest,
    },
    record: (...events) =>
      inTransaction(ingest, async (client) => {
        for (const event of events) await storeBatch(client, accepted(event, (sequence += 1)));
      }),
    async store(...resources) {
      const items = resources.map((resource) => ({ resource, origin: resource.id }));
      for (const result of await new Ingest(alone(owner), 'northwind').store(items))
        if (result.status === 'rejected') throw new Error(result.reason);
    },
    stop: () => owned.disposeAsync(),
  };
}

/** @returns an event: an app read one claim of a member */
export const claimRead = (
  member: string,
  recorded: string,
  change: Partial<AccessEvent> = {},
): AccessEvent => ({
  requestId: randomUUID(),
  service: 'claims-service',
  tenant: 'northwind',
  recorded,
  kind: 'rest',
  action: 'read',
  outcome: '0',
  member,
  client: { id: 'app-1', name: 'Health Diary' },
  user: { iss: 'https://plan.example', sub: `login-${member}` },
  grantId: `grant-${member}`,
  scope: 'patient/*.rs',
  request: 'GET ExplanationOfBenefit/7',
  type: 'ExplanationOfBenefit',
  resource: { reference: 'ExplanationOfBenefit/7', version: '1' },
  counts: { ExplanationOfBenefit: 1 },
  bodyHash: 'a'.repeat(64),
  ...change,
});
