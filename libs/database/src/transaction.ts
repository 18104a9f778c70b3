import type pg from 'pg';
import { isSilent } from './silent-server.ts';

/**
 * Runs `work` in one transaction on one connection. It commits when `work` resolves and rolls back when `work`
 * rejects. A connection on which even the rollback fails is not used again.
 *
 * @throws the error of `work` or of the commit
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
    // A server that says nothing would not answer this either, while the caller waits.
    if (isSilent(error)) broken = error as Error;
    else await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}
