/** Kills a command while it commits in one database, as if that database had stopped with it. */
import { waitUntil } from '@patient-access/testing';
import pg from 'pg';
import type { Running } from './world.ts';

const LOCK = 4711;
/** A process starts slowly on a machine that is busy. */
const PATIENT = { withinMs: 60_000 };
/** A commit waits here for as long as the test holds the lock. */
const HOLD = `
  CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(${LOCK}); RETURN NULL; END'`;
const holdOn = (table: string) => `
  CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR DELETE ON ${table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION hold()`;
const LET_GO = 'DROP FUNCTION hold() CASCADE';
const WAITING = `
  SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * @param adminUrl of the database
 * @param tables the transaction has inserted or deleted a row of one of them
 * @param start starts the command
 */
export async function killInCommit(
  adminUrl: string,
  tables: readonly string[],
  start: () => Running,
): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  for (const statement of [HOLD, ...tables.map(holdOn)]) await admin.query(statement);
  await admin.query(`SELECT pg_advisory_lock(${LOCK})`);
  const { child, ended } = start();
  try {
    const waiting = async () => (await admin.query<{ pid: number }>(WAITING)).rows[0]?.pid;
    await waitUntil(async () => (await waiting()) !== undefined || child.exitCode !== null, PATIENT);
    child.kill('SIGKILL');
    await ended;
    await admin.query('SELECT pg_terminate_backend($1)', [await waiting()]);
    await waitUntil(async () => (await waiting()) === undefined, PATIENT);
    await admin.query(LET_GO);
  } finally {
    child.kill('SIGKILL');
    await admin.end();
  }
}
