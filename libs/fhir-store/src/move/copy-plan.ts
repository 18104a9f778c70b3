import type { Pool } from '@patient-access/database';
import { copyPart, digestOf, endOfPart, type TablePart } from './parts.ts';
import { tablesToMove } from './table-keys.ts';

/** What one walk through a plan has seen so far. */
export interface Walk {
  /** compared with what the other database has */
  rows: number;
  /** of some hundred rows each, which differed and were copied */
  parts: number;
}

/** All parts of all tables, one after the other. */
async function* partsOf(from: Pool, to: Pool, tenants: readonly string[]) {
  for (const table of await tablesToMove(from, to))
    for (const tenant of tenants)
      for (let after: TablePart['after'], isLast = false; !isLast;) {
        const upTo = await endOfPart(from, table, tenant, after);
        yield { table, tenant, part: { after, upTo } };
        isLast = upTo === undefined;
        after = upTo;
      }
}

/**
 * Makes what the second database has of some tenants equal to what the first one has. What is equal already is not
 * touched. So the same walk begins a copy, goes on with one that was stopped, brings one up to date, and proves that one
 * is whole: then no part differs.
 *
 * @returns after each part: the sums so far
 */
export async function* copyPlan(
  databases: { from: Pool; to: Pool },
  tenants: readonly string[],
): AsyncGenerator<Walk> {
  const { from, to } = databases;
  const walk: Walk = { rows: 0, parts: 0 };
  yield { ...walk };
  for await (const { table, tenant, part } of partsOf(from, to, tenants)) {
    const [here, there] = await Promise.all([
      digestOf(from, table, tenant, part),
      digestOf(to, table, tenant, part),
    ]);
    walk.rows += here.rows;
    if (here.rows !== there.rows || here.hash !== there.hash) {
      await copyPart(databases, table, tenant, part);
      walk.parts += 1;
    }
    yield { ...walk };
  }
}
