/**
 * Where a database is: the same as long as nobody has put another state in its place. A dump that is put back makes another
 * database or another table; recovery from an archive, and a standby that is promoted, begin another timeline of the log.
 */
import type { Pool } from './pool.ts';

const TABLE = `(SELECT oid FROM pg_database WHERE datname = current_database()), $1::regclass::oid`;
/** The log's own timeline, not that of the last checkpoint, which is an older one for minutes after a promotion. */
const PLACE = `SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                                left(pg_walfile_name(pg_current_wal_lsn()), 8), ${TABLE}) AS place`;
const WITHOUT_SERVER = `SELECT concat_ws('/', ${TABLE}) AS place`;
/** insufficient_privilege, feature_not_supported, undefined_function: a provider that hides its server */
const HIDDEN: ReadonlySet<unknown> = new Set(['42501', '0A000', '42883']);

/** @param table one that every backup has, as `schema.table` @throws of a database that takes no writes */
export async function databasePlace(pool: Pool, table: string): Promise<string> {
  const ask = async (text: string) =>
    (await pool.query<{ place: string }>(text, [table])).rows[0]?.place ?? '';
  try {
    return await ask(PLACE);
  } catch (error) {
    if (error instanceof Error && 'code' in error && HIDDEN.has(error.code)) return ask(WITHOUT_SERVER);
    throw error;
  }
}
