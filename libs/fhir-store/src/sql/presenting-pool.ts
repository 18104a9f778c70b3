import type { ReadPool } from '@patient-access/database';

/** A pool whose rows have the resource as their body, where the table has something that it is made from. */
export function presentingPool(pool: ReadPool, bodyOf: (stored: Buffer) => Buffer): ReadPool {
  const present = <Row>(row: Row): Row => {
    const { body } = row as { body?: unknown };
    return Buffer.isBuffer(body) ? { ...row, body: bodyOf(body) } : row;
  };
  return {
    run: async <Row>(statements: Parameters<ReadPool['run']>[0]) =>
      (await pool.run<Row>(statements)).map((rows) => rows.map(present)) as Awaited<
        ReturnType<typeof pool.run<Row>>
      >,
    query: (text, values) => pool.query(text, values),
    end: () => pool.end(),
  };
}
