/** Makes an index while others read and write the table. Postgres does so outside of a transaction, in several steps. */
import pg from 'pg';

const NAME = String.raw`(?:"[^"]+"|\w+)`;
/** Alone in its script, with comments before it (CONTRIBUTING.md). */
const SCRIPT = new RegExp(
  String.raw`^(?:\s|--[^\n]*\n)*CREATE\s+(?<unique>UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?` +
    String.raw`(?<index>${NAME})\s+ON\s+(?<only>ONLY\s+)?(?<table>(?:${NAME}\.)?${NAME})(?<rest>[^;]*)`,
  'i',
);

/** An index, and the table that it is of, as the script writes them. */
interface Named {
  index: string;
  table: string;
}

/** What a script makes. */
export interface ConcurrentIndex extends Named {
  isUnique: boolean;
  /** whether it says that partitions get no index */
  isOnly: boolean;
  /** what stands behind the name of the table: columns, conditions */
  rest: string;
}

/** @returns what a script makes with CONCURRENTLY; undefined when it is another script */
export function indexMadeConcurrently(script: string): ConcurrentIndex | undefined {
  const { index, table, rest = '', unique, only } = SCRIPT.exec(script)?.groups ?? {};
  return index === undefined || table === undefined
    ? undefined
    : { index, table, rest, isUnique: unique !== undefined, isOnly: only !== undefined };
}

/** An index is in the schema of its table, wherever the owner looks for names. `parse_ident` reads a name as SQL does. */
const FOUND = `
  SELECT i.indisvalid AS valid, n.nspname AS schema, c.relname AS index
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE i.indrelid = to_regclass($2) AND c.relname = (parse_ident($1))[1]`;

/**
 * Waits for the transactions that use the table, for as long as they take, and nobody waits behind it. When it was broken
 * off before, Postgres has left an index that is not valid: it is dropped first.
 *
 * @param script makes it, alone
 */
export async function makeIndex(pool: pg.Pool, { index, table }: Named, script: string): Promise<void> {
  const { rows } = await pool.query<{ valid: boolean; schema: string; index: string }>(FOUND, [index, table]);
  const [before] = rows;
  // It was made, and only the record of the migration is missing.
  if (before?.valid) return;
  if (before) {
    const name = [before.schema, before.index].map((part) => pg.escapeIdentifier(part)).join('.');
    await pool.query(`DROP INDEX CONCURRENTLY ${name}`);
  }
  await pool.query(script);
}
