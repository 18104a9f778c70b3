/** An outbox table in a real Postgres, and a receiver that counts. */
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  applyMigrations,
  createPool,
  createWriter,
  type Pool,
  provisionDatabase,
  type Writer,
} from '@patient-access/database';
import {
  type AccessEvent,
  eventKeys,
  eventSigner,
  openBatch,
  parseBatch,
  publicEventKey,
} from '@patient-access/events';
import { HELD_PLANS_HEADER } from '@patient-access/internal-api';
import { startFilledPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { type AuditStore, auditStore } from '../src/audit-store.ts';
import { httpPublisher } from '../src/http-publisher.ts';
import { Recorder } from '../src/recorder.ts';
import { Relay } from '../src/relay.ts';
import type { Route } from '../src/route.ts';

/** Of no use anywhere else: also for the process that a test starts. */
export const PRODUCER_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHiPNoiP78RVYgOLZifmB6G20/C3Cgronb8q1xAq24cI
-----END PRIVATE KEY-----`;
export const SIGNER = eventSigner('claims-service', PRODUCER_KEY);
const KEYS = eventKeys(JSON.stringify({ keys: [publicEventKey('claims-service', PRODUCER_KEY)] }));

export interface World {
  /** pool of the service's role */
  pool: Pool;
  url: string;
  /** superuser on the same database */
  admin: pg.Pool;
  /** request ids in the table */
  waiting(): Promise<string[]>;
  stop(): Promise<void>;
}

const provision = (adminUrl: string) => provisionDatabase(adminUrl, 'claims', () => 'test');

async function fillDatabase(adminUrl: string): Promise<void> {
  const { owner } = await provision(adminUrl);
  await applyMigrations(owner, join(import.meta.dirname, '../../fhir-store/prisma/migrations'));
}

async function start(owned: AsyncDisposableStack) {
  const postgres = await startFilledPostgres('claims', fillDatabase);
  owned.defer(() => postgres.stop());
  const { service } = await provision(postgres.adminUrl);
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'claims'), max: 2 });
  // At the end Postgres may stop while connections of this pool are still open. Their errors do not matter.
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  const pool = await createPool(service, { max: 24 });
  owned.defer(() => pool.end());
  owned.defer(() => writerOf(pool).end());
  return { pool, url: service, admin };
}

const requestIdOf = (record: string): string => (JSON.parse(record) as AccessEvent).requestId;

export async function startWorld(): Promise<World> {
  const owned = new AsyncDisposableStack();
  const started = await start(owned).catch(async (error) => {
    await owned.disposeAsync();
    throw error;
  });
  return {
    ...started,
    async waiting() {
      const { rows } = await started.admin.query<{ body: string }>('SELECT body FROM outbox');
      return rows.map(({ body }) => requestIdOf(body));
    },
    stop: () => owned.disposeAsync(),
  };
}

export function newEvent(change: Partial<AccessEvent> = {}): AccessEvent {
  return {
    requestId: randomUUID(),
    service: 'claims-service',
    tenant: 'north',
    recorded: new Date().toISOString(),
    kind: 'rest',
    action: 'read',
    outcome: '0',
    member: 'anna',
    ...change,
  };
}

/** Inserts rows as other transactions do, without numbers. @returns their request ids */
export async function fillOutbox(world: World, count: number): Promise<string[]> {
  const { rows } = await world.admin.query<{ body: string }>(
    `INSERT INTO outbox (body)
     SELECT replace(replace(json_build_object('v', 1, 'requestId', gen_random_uuid(), 'service', 'claims-service', 'tenant', 'north',
                              'member', 'anna', 'recorded', '2026-11-25T10:00:00.000Z', 'kind', 'rest', 'action', 'read',
                              'outcome', '0')::text, ' : ', ':'), ', ', ',')
       FROM generate_series(1, $1) RETURNING body`,
    [count],
  );
  return rows.map(({ body }) => requestIdOf(body));
}

/** Breaks the connection while a statement records an event: nobody knows whether it was committed. */
export async function loseConnectionIn({ admin }: World, recorder: Recorder): Promise<void> {
  const lock = await admin.connect();
  await lock.query('BEGIN; LOCK TABLE outbox IN SHARE MODE');
  const doubtful = recorder.record(newEvent()).then(
    () => 'recorded',
    () => 'rejected',
  );
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE usename = 'claims_service' AND wait_event_type = 'Lock' AND query LIKE 'INSERT%'`;
  await waitUntil(async () => (await admin.query(cut)).rowCount === 1);
  if ((await doubtful) === 'recorded') throw new Error('the connection was not lost');
  await lock.query('ROLLBACK');
  lock.release();
}

export interface Receiver {
  url: string;
  store: AuditStore;
  /** how often each request id came in a batch that was acknowledged (`acknowledged`), and in any batch (`seen`) */
  acknowledged: Map<string, number>;
  seen: Map<string, number>;
  /** the sequence numbers of all acknowledged batches, by producer */
  sequences: Map<string, Set<number>>;
  /** what was acknowledged, in its order */
  taken: { tenant: string; sequence: number }[];
  /** plans whose events are not taken; those of others are */
  held: Set<string>;
  /** whether it says which these are: one that has just started does not know */
  knowsHeld: boolean;
  /** answers the next deliveries; the default answers 204 */
  answer: (response: ServerResponse) => void;
  stop(): Promise<void>;
}

/** The answer to a question for missing numbers: each number that was not acknowledged, as a range of its own. */
function missingFrom({ sequences: byProducer, held, knowsHeld }: Receiver, url: string): string {
  const query = new URL(url, 'http://receiver').searchParams;
  const sequences = byProducer.get(query.get('producer') ?? '') ?? new Set();
  const missing: [number, number][] = [];
  for (let at = Number(query.get('first')); at <= Number(query.get('last')); at += 1)
    if (!sequences.has(at)) missing.push([at, at]);
  return JSON.stringify({ missing, ...(knowsHeld && { held: [...held] }) });
}

interface Opened {
  producer: string;
  requestId: string;
  sequence: number;
  tenant: string;
}

function opened(text: string): Opened[] {
  const batch = parseBatch(text);
  if (!batch) throw new Error(`not a batch: ${text}`);
  const read = openBatch(KEYS, batch, Date.now());
  if ('rejected' in read) throw new Error(read.rejected);
  if (read.invalid.length > 0) throw new Error(read.invalid[0]?.invalid);
  return read.records.map(({ event, sequence }) => ({
    producer: batch.producer,
    requestId: event.requestId,
    sequence,
    tenant: batch.tenant,
  }));
}

/** An HTTP server in place of audit-service. */
export async function startReceiver(): Promise<Receiver> {
  const count = (into: Map<string, number>, ids: string[]) =>
    ids.forEach((id) => into.set(id, (into.get(id) ?? 0) + 1));
  const server = createServer((request, response) => {
    if (request.method === 'GET') return response.end(missingFrom(receiver, request.url ?? ''));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const all = Buffer.concat(chunks).toString().split('\n\n').flatMap(opened);
      const messages = all.filter(({ tenant }) => !receiver.held.has(tenant));
      const held = new Set(all.map(({ tenant }) => tenant).filter((tenant) => receiver.held.has(tenant)));
      count(
        receiver.seen,
        all.map(({ requestId }) => requestId),
      );
      response.on('finish', () => {
        if (response.statusCode !== 204 && held.size === 0) return;
        count(
          receiver.acknowledged,
          messages.map(({ requestId }) => requestId),
        );
        receiver.taken.push(...messages);
        for (const { producer, sequence } of messages)
          receiver.sequences.set(producer, (receiver.sequences.get(producer) ?? new Set()).add(sequence));
      });
      if (held.size > 0) response.writeHead(503, { [HELD_PLANS_HEADER]: [...held].join(' ') }).end();
      else receiver.answer(response);
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const receiver: Receiver = {
    url,
    store: auditStore(url, SIGNER),
    acknowledged: new Map(),
    seen: new Map(),
    sequences: new Map(),
    taken: [],
    held: new Set(),
    knowsHeld: true,
    answer: (response) => response.writeHead(204).end(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** The route of a relay from a table to a receiver, over HTTP. */
export const routeTo = (pool: pg.Pool, store: AuditStore): Route => ({
  pool,
  store,
  signer: SIGNER,
  publisher: httpPublisher(store),
  batchRows: 100,
  resendAfterMs: 1_000,
});

const writers = new WeakMap<pg.Pool, Writer>();

/** @returns the writer beside a pool: all recorders of a test may share it */
export function writerOf(pool: pg.Pool): Writer {
  const writer = writers.get(pool) ?? createWriter(String(pool.options.connectionString), { byIndex: true });
  writers.set(pool, writer);
  return writer;
}

/** A recorder and a relay, as a process has them. */
export function startRelay(route: Route, onFailure: (error: unknown) => void = () => undefined) {
  const recorder = new Recorder(route.pool, writerOf(route.pool));
  const relay = new Relay(route, recorder, onFailure);
  relay.start();
  return {
    recorder,
    moved: relay.moved,
    formers: relay.formers,
    async stop(): Promise<void> {
      await relay.stop();
      await recorder.close();
    },
  };
}
