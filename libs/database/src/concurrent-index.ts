/** Makes an index while others read and write the table. Postgres does so outside of a transaction, in several steps. */
import type pg from 'pg';

/** Alone in its script, with comments before it (CONTRIBUTING.md). */
const SCRIPT =
  /^(?:\s|--[^\n]*\n)*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(?<name>\w+)"?\s/i;

/** @returns the name of the index that a script makes with CONCURRENTLY; undefined when it is another script */
export const indexMadeConcurrently = (script: string): string | undefined =>
  SCRIPT.exec(script)?.groups?.['name'];

/**
 * Waits for the transactions that use the table, for as long as they take, and nobody waits behind it. When it was broken
 * off before, Postgres has left an index that is not valid: it is dropped first.
 *
 * @param script as {@link indexMadeConcurrently} knows it
 */
export async function makeIndex(pool: pg.Pool, name: string, script: string): Promise<void> {
  const { rows } = await pool.query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(quote_ident($1))',
    [name],
  );
  const [before] = rows;
  // It was made, and only the record of the migration is missing.
  if (before?.valid) return;
  if (before) await pool.query(`DROP INDEX CONCURRENTLY "${name}"`);
  await pool.query(script);
}
