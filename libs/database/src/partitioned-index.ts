/**
 * Makes an index of a table with partitions while others read and write it. Postgres refuses to do so with CONCURRENTLY. So the
 * table itself gets an index that is not valid and holds nothing, each partition gets its own with CONCURRENTLY, and each is
 * attached. With the last one the index is valid. A partition that is added meanwhile gets its own from the first one.
 */
import pg from 'pg';
import { runBriefly } from './briefly.ts';
import { type ConcurrentIndex, makeIndex } from './concurrent-index.ts';

/** Postgres cuts longer names. */
const MAX_NAME = 63;

const TABLE = `
  SELECT c.relkind AS kind, n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = to_regclass($1)`;
/** Partitions without an index that is attached to the one of the table. */
const WITHOUT = `
  SELECT p.oid::regclass::text AS partition, p.relname AS name, n.nspname AS schema
    FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid JOIN pg_namespace n ON n.oid = p.relnamespace
   WHERE h.inhparent = to_regclass($2)
     AND NOT EXISTS (
       SELECT FROM pg_inherits attached
         JOIN pg_index own ON own.indexrelid = attached.inhrelid AND own.indrelid = p.oid
        WHERE attached.inhparent = to_regclass($1))
   ORDER BY p.relname`;

interface Partition {
  /** as a statement names it */
  partition: string;
  name: string;
  schema: string;
}

const quoted = pg.escapeIdentifier;
const kindOf = ({ isUnique }: ConcurrentIndex): string => (isUnique ? 'UNIQUE INDEX' : 'INDEX');

/** @returns the name of a partition's index, in quotes: the partition comes first, so that cut names differ */
const nameFor = ({ name }: Partition, { index }: ConcurrentIndex): string =>
  quoted(`${name}_${index.replaceAll('"', '')}`.slice(0, MAX_NAME));

/** @param schema of the table, and so of its index, in quotes */
async function makeForPartitions(pool: pg.Pool, whole: ConcurrentIndex, schema: string): Promise<void> {
  const { index, table, rest } = whole;
  const kind = kindOf(whole);
  await runBriefly(pool, `CREATE ${kind} IF NOT EXISTS ${index} ON ONLY ${table}${rest}`);
  const { rows } = await pool.query<Partition>(WITHOUT, [`${schema}.${index}`, table]);
  for (const each of rows) {
    const own = nameFor(each, whole);
    const script = `CREATE ${kind} CONCURRENTLY ${own} ON ${each.partition}${rest}`;
    await makeIndex(pool, { index: own, table: each.partition }, script);
    await runBriefly(pool, `ALTER INDEX ${schema}.${index} ATTACH PARTITION ${quoted(each.schema)}.${own}`);
  }
}

/** Makes what a script names, of a table with or without partitions. @throws Error that says what is wrong with the script */
export async function makeIndexOfTable(pool: pg.Pool, index: ConcurrentIndex, script: string): Promise<void> {
  const { rows } = await pool.query<{ kind: string; schema: string }>(TABLE, [index.table]);
  const [table] = rows;
  if (table?.kind !== 'p') return makeIndex(pool, index, script);
  if (index.isOnly)
    throw new Error(`${index.table} has partitions: CREATE INDEX CONCURRENTLY without ONLY makes theirs too`);
  return makeForPartitions(pool, index, quoted(table.schema));
}
