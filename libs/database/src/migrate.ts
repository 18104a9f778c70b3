/**
 * Applies migrations with Prisma's own engine, as WebAssembly over node-postgres. The folders and the table
 * `_prisma_migrations` have Prisma's format, so `prisma migrate deploy` works on the same database. No native engine
 * has to be downloaded, which an installation without internet access could not do.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { runBriefly } from './briefly.ts';
import { indexMadeConcurrently } from './concurrent-index.ts';
import { firstLook } from './first-look.ts';
import { connectOnce, LOST_AFTER_SECONDS, NOTICE_LOST_CLIENT } from './lost-client.ts';
import { makeIndexOfTable } from './partitioned-index.ts';
import { type Migration, type MigrationList, NO_FILTERS, schemaEngine } from './schema-engine.ts';
import { TIMES_OF_SESSION } from './settings.ts';

const PAUSE_MS = 500;
const POOLED =
  'a migration needs a session of its own: OWNER_DATABASE_URL names Postgres itself, not a pooler (docs/operate.md#poolers)';
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

/** Stored with the script itself, so that no crash leaves a migration that is applied and counts as not applied. */
const APPLIED = `
;
UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`;

/** @param migrations their scripts; the engine runs others of its own too */
async function run(pool: pg.Pool, script: string, migrations: ReadonlySet<string>): Promise<void> {
  const index = indexMadeConcurrently(script);
  if (index !== undefined) await makeIndexOfTable(pool, index, script);
  else await runBriefly(pool, migrations.has(script) ? script + APPLIED : script);
}

/**
 * The adapter splits a script at every semicolon, even inside a DO block or a comment. Sent in one message, Postgres
 * runs the whole script as one transaction.
 */
function wholeScripts(pool: pg.Pool, list: MigrationList, onError: (error: Error) => void): PrismaPg {
  const migrations = new Set(
    list.migrationDirectories.map(({ migrationFile }) => migrationFile.content.value),
  );
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      // The engine would report nothing more precise than "external error".
      await run(pool, script, migrations).catch((error: Error) => {
        onError(error);
        throw error;
      });
    };
    return adapter;
  };
  return factory;
}

/** Tells whoever runs the migrations why they wait: one line. */
type Say = (line: string) => void;

/** The database whose migrations are applied. */
interface Migrated {
  /** connection of its owner role */
  url: string;
  say: Say;
}

/** One run at a time. Prisma's own lock is gone with its connection, which a pool closes when a statement fails. */
const RUN = 1_835_624_306;
/**
 * Of the connection that runs the scripts. A run that is killed leaves its statement to Postgres, which goes on with it and commits
 * it: an index of hours would be dropped and made again, and a script would run twice at once.
 */
const SCRIPTS = RUN + 1;

/** What is said of a wait: for what, and how long it is at most. */
const WAITS: ReadonlyMap<number, string> = new Map([
  [
    RUN,
    `waits until another run of migrations at this database has ended, however long that takes; if it was killed, or its machine is gone, ${LOST_AFTER_SECONDS} s at most`,
  ],
  [
    SCRIPTS,
    `waits until Postgres has ended a statement that was left to it, as by a run that was killed, however long that takes, and then ${LOST_AFTER_SECONDS} s at most`,
  ],
]);

/** Whoever has the lock, and since when: the run for the one, its statement for the other. */
const HOLDER = `
  SELECT a.pid, to_char((CASE WHEN l.objid = ${RUN} THEN a.backend_start ELSE a.query_start END) AT TIME ZONE 'UTC',
                        'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
   WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = $1
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function sayWait(client: pg.ClientBase, lock: number, say: Say): Promise<void> {
  const { rows } = await client.query<{ pid: number; since: string | null }>(HOLDER, [lock]);
  // Postgres does not say it of a session of another role.
  const who = rows.map(({ pid, since }) => ` (process ${pid} of Postgres${since ? `, since ${since}` : ''})`);
  say(`${WAITS.get(lock)}${who.join('')}`);
}

/**
 * Waits until nobody else has the lock, and says so once. A statement that waits would hold a snapshot, for which a CREATE INDEX
 * CONCURRENTLY of the other one waits in turn: so it asks again and again.
 */
async function beAlone(client: pg.ClientBase, lock: number, say: Say): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const { rows } = await client.query<{ alone: boolean }>(`SELECT pg_try_advisory_lock(${lock}) AS alone`);
    if (rows[0]?.alone) return;
    if (isFirst) await sayWait(client, lock, say);
    await delay(PAUSE_MS);
  }
}

/**
 * Times that an operator may have set for a role, a database or the server. An index of a large table takes as long as it takes, and
 * the session that has the lock of the run says nothing meanwhile.
 */
const NO_TIMES = `SELECT set_config(name, '0', false) FROM pg_settings
                   WHERE name IN ('statement_timeout', 'transaction_timeout', 'lock_timeout', 'idle_session_timeout',
                                  'idle_in_transaction_session_timeout')`;

/** A lock behind a pooler would stay on a connection of somebody else. */
async function refusePooler(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    if ((await firstLook(pool)).isPooled) throw new Error(POOLED);
  } finally {
    await pool.end();
  }
}

async function begin(client: pg.ClientBase, say: Say): Promise<void> {
  await client.query(NOTICE_LOST_CLIENT);
  await client.query(NO_TIMES);
  await beAlone(client, SCRIPTS, say);
}

/**
 * What has begun and not ended was broken off, or failed: nothing of it is in the database, and it may run again. Prisma's
 * engine would refuse to go on until somebody says so by hand. (Builds before 0.2.0 did not store the end with the script: if
 * one of them died between the two, the script says that what it makes is there already.)
 */
async function forgetBrokenOff(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ there: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there",
  );
  if (!rows[0]?.there) return;
  await pool.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  );
}

/**
 * Applies the pending migrations of one or more Prisma folders, as the owner role. The folders are merged by the
 * names of the migrations.
 *
 * @param database connection of its owner role, alone or with who is told of waits
 * @param directories `migrations` folders: that of the engine, and that of the service if it has one
 * @returns names of the migrations applied now, oldest first; empty when the database is up to date
 * @throws the message of Prisma's engine when a migration fails or the history differs from the folder
 */
export async function applyMigrations(
  database: string | Migrated,
  ...directories: string[]
): Promise<string[]> {
  const { url, say } = typeof database === 'string' ? { url: database, say: () => undefined } : database;
  await refusePooler(url);
  // The engine's own lock lives as long as a connection of the pool, so we end the pool ourselves.
  const pool = new pg.Pool({
    connectionString: url,
    // Prisma's engine reads times in this form alone, whatever the role has.
    options: TIMES_OF_SESSION,
    max: 1,
    onConnect: (client) => begin(client, say) as unknown as void,
  });
  pool.on('error', () => undefined);
  let lock: pg.Client | undefined;
  try {
    lock = await connectOnce(url);
    // Without the lock another run may begin: nothing more is sent.
    lock.on('error', () => void pool.end());
    await lock.query(NO_TIMES);
    await beAlone(lock, RUN, say);
    await forgetBrokenOff(pool);
    return await applyPending(pool, await listMigrations(directories));
  } finally {
    if (!pool.ending) await pool.end();
    await lock?.end();
  }
}

async function applyPending(pool: pg.Pool, migrationsList: MigrationList): Promise<string[]> {
  let failure: Error | undefined;
  try {
    const scripts = wholeScripts(pool, migrationsList, (error) => (failure = error));
    const engine = await schemaEngine(bindMigrationAwareSqlAdapterFactory(scripts));
    const result = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return result.appliedMigrationNames;
  } catch (error) {
    throw failure ?? error;
  }
}
