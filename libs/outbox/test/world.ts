/** An outbox table in a real Postgres, and a receiver that counts. */
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { applyMigrations, createPool, type Pool, provisionDatabase } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { startPostgres } from '@patient-access/testing';
import pg from 'pg';

export const SECRET = 'event-secret-of-the-tests';

export interface World {
  /** as a service's role */
  pool: Pool;
  url: string;
  /** superuser on the same database */
  admin: pg.Pool;
  /** request ids in the table */
  waiting(): Promise<string[]>;
  stop(): Promise<void>;
}

async function start(owned: AsyncDisposableStack) {
  const postgres = await startPostgres();
  owned.defer(() => postgres.stop());
  const { owner, service } = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
  await applyMigrations(owner, join(import.meta.dirname, '../../fhir-store/prisma/migrations'));
  const admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'claims'), max: 2 });
  // Its connections may see Postgres stop before they have gone themselves.
  admin.on('error', () => undefined);
  owned.defer(() => admin.end());
  const pool = await createPool(service, { max: 6 });
  owned.defer(() => pool.end());
  return { pool, url: service, admin };
}

export async function startWorld(): Promise<World> {
  const owned = new AsyncDisposableStack();
  const started = await start(owned).catch(async (error) => {
    await owned.disposeAsync();
    throw error;
  });
  return {
    ...started,
    async waiting() {
      const { rows } = await started.admin.query<{ request_id: string }>('SELECT request_id FROM outbox');
      return rows.map(({ request_id }) => request_id);
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

/** Puts rows there as if they had been recorded earlier. @returns their request ids */
export async function fill(world: World, count: number): Promise<string[]> {
  const { rows } = await world.admin.query<{ request_id: string }>(
    `INSERT INTO outbox (request_id, service, tenant, member, body)
     SELECT id, 'claims-service', 'north', 'anna', json_build_object('requestId', id)::text
       FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) ids RETURNING request_id`,
    [count],
  );
  return rows.map(({ request_id }) => request_id);
}

export interface Receiver {
  url: string;
  /** how often each request id came in a batch that was acknowledged, and in any at all */
  acknowledged: Map<string, number>;
  seen: Map<string, number>;
  /** what the next requests are answered with; 204 unless said otherwise */
  answer: (response: ServerResponse) => void;
  stop(): Promise<void>;
}

/** Stands for audit-service: another party to the outbox. */
export async function startReceiver(): Promise<Receiver> {
  const count = (into: Map<string, number>, ids: string[]) =>
    ids.forEach((id) => into.set(id, (into.get(id) ?? 0) + 1));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = Buffer.concat(chunks).toString().split('\n');
      const ids = lines.map((line) => (JSON.parse(line) as { requestId: string }).requestId);
      count(receiver.seen, ids);
      response.on('finish', () => response.statusCode === 204 && count(receiver.acknowledged, ids));
      receiver.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledged: new Map(),
    seen: new Map(),
    answer: (response) => response.writeHead(204).end(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** @throws when the condition is not met in time */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come to that in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
