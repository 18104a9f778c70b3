/**
 * Whoever owns the database changes one value, of each column in turn. Which columns there are is asked of the database, so a
 * new one has to be decided here. docs/audit.md says of the open tables what they are used for.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventKeys } from '@patient-access/events';
import { ContinuousVerifier } from '../../src/verify/continuous-verifier.ts';
import { verifyTenant } from '../../src/verify/verify.ts';
import { type Signing, signingWorld } from '../checkpoints.ts';
import { accessEvent, asLines, EVENT_PUBLIC_KEYS, type World } from '../world.ts';

/** Tables in which every change of a value has to be found, of these columns and of any that is added. */
const SEALED = ['audit_event', 'batch', 'chain_head'];
/** Tables that prove nothing by themselves. */
const OPEN = [
  ...['checkpoint', 'legal_hold', 'retention', 'transfer'],
  ...['daily_sum', 'grant_start', 'app_read', 'summed'],
];

const COLUMNS = `
  SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, NULL) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
   WHERE c.relnamespace = 'trail'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum`;

/** Other values of a type. A column of another type has to be told of here. */
const OTHERS: Readonly<Record<string, (column: string) => string[]>> = {
  text: (column) => [`coalesce(${column}, '') || 'x'`],
  bigint: (column) => [`${column} + 100`, `${column} - 1`],
  integer: (column) => [`${column} + 1`],
  smallint: (column) => [`(${column} + 1) % 16`],
  'timestamp with time zone': (column) => [`${column} + interval '1 ms'`, `${column} - interval '1 ms'`],
  bytea: (column) => [`sha256(${column})`],
  'text[]': (column) => [`coalesce(${column}, '{}') || 'x'::text`],
  'bigint[]': (column) => [`${column} || 12345::bigint`, `${column}[2:]`],
};

/** In the middle of a batch; a batch of which two numbers are stored with another one, and the last batch. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  audit_event: ['seq = 5'],
  batch: ['from_seq = 6', 'from_seq = 9'],
  chain_head: ['true'],
};

const UNIQUE_VIOLATION = '23505';
function codeOf(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === UNIQUE_VIOLATION) return code;
  throw error;
}

describe('a trail of which one value was changed', () => {
  let world: World;
  let signing: Signing;
  let columns: { table: string; column: string; type: string }[];
  signingWorld((...started) => ([world, signing] = started));
  beforeAll(async () => {
    columns = (await world.admin.query<(typeof columns)[number]>(COLUMNS)).rows;
  });
  beforeEach(async () => {
    const annas = (count: number) => Array.from({ length: count }, () => accessEvent());
    const again = annas(2);
    await world.deliver(asLines(...annas(3)));
    await world.deliver(asLines(...again));
    await world.deliver(asLines(...again, ...annas(1)));
    for (const count of [2, 2]) await world.deliver(asLines(...annas(count)));
    await signing.heads().sign();
    for (const table of SEALED) await tamper(`CREATE TABLE public.saved_${table} AS TABLE trail.${table}`);
  });
  afterEach(async () => {
    for (const table of SEALED) await world.admin.query(`DROP TABLE IF EXISTS public.saved_${table}`);
  });

  async function tamper(what: string): Promise<void> {
    const client = await world.admin.connect();
    try {
      await client.query(`BEGIN; SET LOCAL session_replication_role = replica; ${what}; COMMIT`);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }
  const restore = (table: string) =>
    tamper(`DELETE FROM trail.${table}; INSERT INTO trail.${table} TABLE public.saved_${table}`);

  /** @returns whether the command finds something, and whether the service does, which knows no checkpoint from outside */
  async function isFound(): Promise<[boolean, boolean]> {
    const keys = { checkpoints: signing.signer.keys, events: eventKeys(EVENT_PUBLIC_KEYS) };
    const { problem } = await verifyTenant(signing.records, 'northwind', keys, signing.published);
    const verifier = new ContinuousVerifier(signing.records, keys, () => undefined);
    await verifier.verifyNext(1_000);
    return [problem !== undefined, verifier.problems.length > 0];
  }

  it('has no table of which nobody has decided whether it is sealed', () => {
    const tables = new Set(columns.map(({ table }) => table));
    expect([...tables].sort()).toEqual([...SEALED, ...OPEN].sort());
  });

  it.each(SEALED)('is found out, whichever column of trail.%s it was', async (table) => {
    const unseen: string[] = [];
    expect(await isFound()).toEqual([false, false]);
    for (const { column, type } of columns.filter((each) => each.table === table))
      for (const row of ROWS[table] ?? [])
        for (const other of OTHERS[type]?.(column) ?? []) {
          const update = `UPDATE trail.${table} SET ${column} = ${other} WHERE ${row} AND ${column} IS DISTINCT FROM ${other}`;
          // The key of the table refuses this one.
          if ((await tamper(update).catch(codeOf)) === UNIQUE_VIOLATION) continue;
          const found = await isFound();
          if (!found.every(Boolean) && (await hasChanged(table)))
            unseen.push(`${update}: ${found.join(' ')}`);
          await restore(table);
        }
    expect(unseen).toEqual([]);
    expect(columns.filter((each) => each.table === table && !OTHERS[each.type])).toEqual([]);
  });

  async function hasChanged(table: string): Promise<boolean> {
    const { rowCount } = await world.admin.query(
      `TABLE trail.${table} EXCEPT TABLE public.saved_${table} LIMIT 1`,
    );
    return rowCount === 1;
  }
});
