/**
 * Many who look something up, or store something, at the same time share one statement. A row by its primary key costs
 * this process and Postgres far more for the trip, and a row that is stored for the commit, than for itself; and under
 * load several are always waiting.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pool } from './pool.ts';

const MAX_BATCH_KEYS = 64;
/** While so many statements are under way, whoever comes waits for the next. */
const IN_FLIGHT = 3;

/**
 * A statement whose parameters are the columns of what was given, as arrays of one length. The rows of a look-up say in
 * `n`, counted from 1, to which key they belong: `FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n)`.
 */
export interface Gathered {
  name: string;
  text: string;
}

type Values = readonly (string | number | null)[];

interface Waiting {
  values: Values;
  resolve(row: object | undefined): void;
  reject(error: unknown): void;
}

/** Data, a constraint or a deadlock (SQLSTATE classes 22, 23, 40): what one brought need not be the others' failure. */
const isOfOne = (error: unknown): boolean => /^(22|23|40)/.test(String((error as { code?: unknown }).code));

class Gathering {
  private readonly pool: Pool;
  private readonly statement: Gathered;
  private waiting: Waiting[] = [];
  private running = 0;

  constructor(pool: Pool, statement: Gathered) {
    this.pool = pool;
    this.statement = statement;
  }

  ask(values: Values): Promise<object | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ values, resolve, reject });
      if (this.running < IN_FLIGHT) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running += 1;
    // One turn of the event loop, so that whoever arrives together goes together.
    await nextTurn();
    while (this.waiting.length > 0) await this.answer(this.waiting.splice(0, MAX_BATCH_KEYS));
    this.running -= 1;
  }

  private async answer(batch: readonly Waiting[]): Promise<void> {
    try {
      const columns = (batch[0]?.values ?? []).map((_, column) => batch.map(({ values }) => values[column]));
      const { rows } = await this.pool.query<{ n?: string }>({ ...this.statement, values: columns });
      const found = new Map(rows.map((row) => [Number(row.n), row]));
      batch.forEach(({ resolve }, index) => resolve(found.get(index + 1)));
    } catch (error) {
      if (batch.length > 1 && isOfOne(error)) for (const each of batch) await this.answer([each]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

const gatherings = new WeakMap<Pool, Map<Gathered, Gathering>>();

function gatheringOf(pool: Pool, statement: Gathered): Gathering {
  const ofPool = gatherings.get(pool) ?? new Map<Gathered, Gathering>();
  gatherings.set(pool, ofPool);
  const gathering = ofPool.get(statement) ?? new Gathering(pool, statement);
  ofPool.set(statement, gathering);
  return gathering;
}

/**
 * @param statement a constant: who gives the same one shares it
 * @returns the row of the key, if there is one; a key with U+0000 in it, which Postgres has in no text, has none
 */
export async function lookUp<Row extends object>(
  pool: Pool,
  statement: Gathered,
  key: readonly string[],
): Promise<Row | undefined> {
  if (key.some((part) => part.includes('\0'))) return undefined;
  return (await gatheringOf(pool, statement).ask(key)) as Row | undefined;
}

/**
 * Resolves when what was given is stored.
 *
 * @param statement a constant, which has to take the same thing twice in one go
 */
export async function storeTogether(pool: Pool, statement: Gathered, values: Values): Promise<void> {
  await gatheringOf(pool, statement).ask(values);
}

/**
 * Resolves with the row that the statement returns for what was given; undefined when it did nothing for it.
 *
 * @param statement a constant, which decides about each of those who come together as if it had come alone
 */
export async function decideTogether<Row extends object>(
  pool: Pool,
  statement: Gathered,
  values: Values,
): Promise<Row | undefined> {
  return (await gatheringOf(pool, statement).ask(values)) as Row | undefined;
}
