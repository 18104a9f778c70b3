import type pg from 'pg';

/**
 * Runs `work` in one transaction on one connection: committed when it resolves, rolled back when it rejects. A
 * connection that cannot even roll back is not used again.
 *
 * @throws whatever `work` or the commit threw
 */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}
