/**
 * Lets concurrent requests that read or write one row each share one SQL statement. The round trip of a read takes
 * far longer than the row itself, and so does the commit of a write. Under load there are always several requests to
 * batch.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pool } from './pool.ts';
import type { PlannedOnce } from './settings-client.ts';

const MAX_BATCH_KEYS = 64;
/** While this many statements are running, new requests wait for the next batch. */
const IN_FLIGHT = 3;

/**
 * A statement whose parameters are the columns of the batch, as arrays of the same length. In each row of its result,
 * `n` is the number of the entry to which the row belongs, counted from 1: `FROM unnest($1::text[], $2::text[]) WITH
 * ORDINALITY AS k (tenant, id, n)`.
 */
export interface BatchStatement {
  name: string;
  text: string;
}

type Values = readonly (string | number | null)[];

interface Waiting {
  values: Values;
  resolve(row: object | undefined): void;
  reject(error: unknown): void;
}

/**
 * An error of data, a constraint or a deadlock (SQLSTATE classes 22, 23, 40). One entry may have caused it, so each
 * is tried alone.
 */
const mayBeOneEntry = (error: unknown): boolean =>
  /^(22|23|40)/.test(String((error as { code?: unknown }).code));

class Batcher {
  private readonly pool: Pool;
  private readonly statement: BatchStatement;
  private waiting: Waiting[] = [];
  private running = 0;

  constructor(pool: Pool, statement: BatchStatement) {
    this.pool = pool;
    this.statement = statement;
  }

  add(values: Values): Promise<object | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ values, resolve, reject });
      if (this.running < IN_FLIGHT) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running += 1;
    // Waits for one turn of the event loop, so that requests of the same moment share a batch.
    await nextTurn();
    while (this.waiting.length > 0) await this.execute(this.waiting.splice(0, MAX_BATCH_KEYS));
    this.running -= 1;
  }

  private async execute(batch: readonly Waiting[]): Promise<void> {
    try {
      const columns = (batch[0]?.values ?? []).map((_, column) => batch.map(({ values }) => values[column]));
      const query: PlannedOnce = { ...this.statement, values: columns, plannedOnce: true };
      const { rows } = await this.pool.query<{ n?: string }>(query);
      const found = new Map(rows.map((row) => [Number(row.n), row]));
      batch.forEach(({ resolve }, index) => resolve(found.get(index + 1)));
    } catch (error) {
      if (batch.length > 1 && mayBeOneEntry(error)) for (const each of batch) await this.execute([each]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

const batchers = new WeakMap<Pool, Map<BatchStatement, Batcher>>();

function batcherOf(pool: Pool, statement: BatchStatement): Batcher {
  const ofPool = batchers.get(pool) ?? new Map<BatchStatement, Batcher>();
  batchers.set(pool, ofPool);
  const gathering = ofPool.get(statement) ?? new Batcher(pool, statement);
  ofPool.set(statement, gathering);
  return gathering;
}

/**
 * Reads one row by its key.
 *
 * @param statement a constant; calls with the same constant share batches
 * @returns the row of the key, if there is one. A key with U+0000 has none, because Postgres stores no such text
 */
export async function findInBatch<Row extends object>(
  pool: Pool,
  statement: BatchStatement,
  key: readonly string[],
): Promise<Row | undefined> {
  if (key.some((part) => part.includes('\0'))) return undefined;
  return (await batcherOf(pool, statement).add(key)) as Row | undefined;
}

/**
 * Stores one row. The promise resolves when it is committed.
 *
 * @param statement a constant, which has to accept the same row twice in a batch
 */
export async function storeInBatch(pool: Pool, statement: BatchStatement, values: Values): Promise<void> {
  await batcherOf(pool, statement).add(values);
}

/**
 * Makes a conditional update.
 * @returns the row that the statement returns for these values, or undefined when the condition did not hold
 *
 * @param statement a constant, which has to treat each entry of a batch as if the entry were alone
 */
export async function updateInBatch<Row extends object>(
  pool: Pool,
  statement: BatchStatement,
  values: Values,
): Promise<Row | undefined> {
  return (await batcherOf(pool, statement).add(values)) as Row | undefined;
}
