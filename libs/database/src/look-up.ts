/**
 * Many who look something up at the same time share one statement. A look-up by primary key costs this process and
 * Postgres far more for the trip than for the row, and under load several are always waiting.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pool } from './pool.ts';

const MAX_BATCH_KEYS = 64;
/** While so many statements are under way, whoever comes waits for the next. */
const IN_FLIGHT = 3;

/**
 * A statement whose parameters are the columns of the keys, as arrays of one length, and whose rows say in `n`, counted
 * from 1, to which key they belong: `FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, id, n)`.
 */
export interface LookUp {
  name: string;
  text: string;
}

interface Waiting {
  key: readonly string[];
  resolve(row: object | undefined): void;
  reject(error: unknown): void;
}

class Gathering {
  private readonly pool: Pool;
  private readonly statement: LookUp;
  private waiting: Waiting[] = [];
  private running = 0;

  constructor(pool: Pool, statement: LookUp) {
    this.pool = pool;
    this.statement = statement;
  }

  find(key: readonly string[]): Promise<object | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
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
      const values = (batch[0]?.key ?? []).map((_, column) => batch.map(({ key }) => key[column]));
      const { rows } = await this.pool.query<{ n: string }>({ ...this.statement, values });
      const found = new Map(rows.map((row) => [Number(row.n), row]));
      batch.forEach(({ resolve }, index) => resolve(found.get(index + 1)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

const gatherings = new WeakMap<Pool, Map<LookUp, Gathering>>();

function gatheringOf(pool: Pool, statement: LookUp): Gathering {
  const ofPool = gatherings.get(pool) ?? new Map<LookUp, Gathering>();
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
  statement: LookUp,
  key: readonly string[],
): Promise<Row | undefined> {
  if (key.some((part) => part.includes('\0'))) return undefined;
  return (await gatheringOf(pool, statement).find(key)) as Row | undefined;
}
