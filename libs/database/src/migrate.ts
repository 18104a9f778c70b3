/**
 * Prisma's own migration engine, as WebAssembly over node-postgres: the folder format and the
 * `_prisma_migrations` table are Prisma's, so `prisma migrate deploy` works on the same database.
 * What it saves is the download of a native engine, which an air-gapped installation cannot do.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { type Migration, type MigrationList, NO_FILTERS, schemaEngine } from './schema-engine.ts';

const LOCKFILE = 'provider = "postgresql"\n';

async function migrationsIn(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.map(async (path) => {
      const value = await readFile(join(directory, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
}

async function listMigrations(directories: readonly string[]): Promise<MigrationList> {
  const migrations = (await Promise.all(directories.map(migrationsIn))).flat();
  return {
    baseDir: directories[0] ?? '.',
    lockfile: { path: 'migration_lock.toml', content: LOCKFILE },
    shadowDbInitScript: '',
    migrationDirectories: migrations.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * Whoever wants a table waits behind a migration that waits for it, so that waits shortly, and again (case P13). Members
 * are served in between.
 */
const LOCK_TIMEOUT_MS = 1_000;
const PAUSE_MS = 500;
const ATTEMPTS = 20;
/** lock_not_available */
const NO_LOCK = '55P03';

async function runScript(pool: pg.Pool, script: string, attempt = 1): Promise<void> {
  try {
    await pool.query(script);
  } catch (error) {
    if ((error as { code?: string }).code !== NO_LOCK || attempt === ATTEMPTS) throw error;
    await delay(PAUSE_MS);
    await runScript(pool, script, attempt + 1);
  }
}

/**
 * The adapter cuts a script at every semicolon, also inside a DO block or a comment. Postgres takes the whole of it in
 * one message, and then runs it as one transaction.
 */
function wholeScripts(pool: pg.Pool, onError: (error: Error) => void): PrismaPg {
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      // The engine would say no more of it than "external error".
      await runScript(pool, script).catch((error: Error) => {
        onError(error);
        throw error;
      });
    };
    return adapter;
  };
  return factory;
}

/**
 * Applies what is missing of one or more Prisma migrations folders, merged by name, as the owner role.
 *
 * @param url connection of the database's owner role
 * @param directories `migrations` folders: the engine's, and what a service has beside it
 * @returns names of the migrations applied now, oldest first; empty when the database is up to date
 * @throws the engine's own message when a migration fails or the history disagrees with the folder
 */
export async function applyMigrations(url: string, ...directories: string[]): Promise<string[]> {
  // Our own pool, ended below: the engine's advisory lock lives as long as its connection.
  const pool = new pg.Pool({ connectionString: url, max: 1, lock_timeout: LOCK_TIMEOUT_MS });
  pool.on('error', () => undefined);
  let failure: Error | undefined;
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(wholeScripts(pool, (error) => (failure = error)));
    const engine = await schemaEngine(factory);
    const result = await engine.applyMigrations({
      migrationsList: await listMigrations(directories),
      filters: NO_FILTERS,
    });
    return result.appliedMigrationNames;
  } catch (error) {
    throw failure ?? error;
  } finally {
    await pool.end();
  }
}
