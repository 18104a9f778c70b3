import type { ReadPool } from '@patient-access/database';
import type { Statement } from './row-scope.ts';

/**
 * A pool whose rows have as their body the resource that is served.
 *
 * @param bodyOf returns the same buffer when the resource is served as it is stored
 */
export function presentingPool(pool: ReadPool, bodyOf: (stored: Buffer, tenant: string) => Buffer): ReadPool {
  const present = <Row>(row: Row, tenant: string): Row => {
    const { body } = row as { body?: unknown };
    if (!Buffer.isBuffer(body)) return row;
    const served = bodyOf(body, tenant);
    return served === body ? row : { ...row, body: served };
  };
  return {
    counts: pool.counts,
    get version() {
      return pool.version;
    },
    run: async <Row>(statements: Parameters<ReadPool['run']>[0]) =>
      (await pool.run<Row>(statements)).map((rows, at) => {
        // The first value of each statement is the tenant: see Statement.
        const { values = [] } = (statements[at] ?? {}) as Partial<Statement>;
        return rows.map((row) => present(row, String(values[0])));
      }) as Awaited<ReturnType<typeof pool.run<Row>>>,
    query: (text, values) => pool.query(text, values),
    end: () => pool.end(),
  };
}
