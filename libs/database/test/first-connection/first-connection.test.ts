/** The first connection of a pool, which comes late where much starts at once. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import { createPool, provisionDatabase } from '../../src/index.ts';

/** Longer than a request waits for a connection. */
const LATE_MS = 3_000;

/** The way to a Postgres that answers each new connection late. */
async function startLate(database: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    setTimeout(() => {
      if (client.destroyed) return;
      const target = connect(Number(database.port), database.hostname);
      sockets.add(target);
      target.on('error', () => undefined);
      client.pipe(target).pipe(client);
    }, LATE_MS);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(database);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a server that answers new connections late', () => {
  let postgres: Postgres;
  let way: Awaited<ReturnType<typeof startLate>>;
  beforeAll(async () => {
    postgres = await startPostgres();
    const { service } = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    way = await startLate(new URL(service));
  });
  afterAll(async () => {
    await way?.stop();
    await postgres?.stop();
  });

  it('keeps no pool from being opened, and no request waits for it longer than before', async () => {
    const pool = await createPool(way.url, { max: 2 });
    const first = await pool.connect();
    await expect(pool.connect()).rejects.toThrow('timeout');
    first.release();
    await pool.end();
  });
});
