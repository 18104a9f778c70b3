import type pg from 'pg';
import { isSilent } from './silent-server.ts';

type Work<Result> = (client: pg.PoolClient) => Promise<Result>;

/** SQLSTATEs deadlock_detected and serialization_failure: Postgres has broken the transaction off, so that another one goes on. */
const BROKEN_OFF: readonly unknown[] = ['40P01', '40001'];
const ATTEMPTS = 3;

/**
 * Runs `work` in one transaction on one connection. It commits when `work` resolves and rolls back when `work`
 * rejects. It runs again when Postgres has broken it off because it and another one waited for each other. Nothing of it is
 * stored then, and the other one goes on.
 *
 * @param work may run several times, so all that it does is in the transaction; otherwise see {@link inTransactionOnce}
 * @throws the error of `work` or of the commit
 */
export async function inTransaction<Result>(pool: pg.Pool, work: Work<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await inTransactionOnce(pool, work);
    } catch (error) {
      if (attempt === ATTEMPTS || !BROKEN_OFF.includes((error as { code?: unknown }).code)) throw error;
    }
}

/**
 * {@link inTransaction} for work that also does something outside of it, such as to send a mail, or to write to another
 * database. It does not run again.
 */
export const inTransactionOnce = <Result>(pool: pg.Pool, work: Work<Result>): Promise<Result> =>
  inOpenTransaction(pool, async (client) => {
    const result = await work(client);
    await commit(client);
    return result;
  });

/** Ends a transaction that {@link inOpenTransaction} began. */
export const commit = async (client: pg.PoolClient): Promise<void> => void (await client.query('COMMIT'));

/**
 * Runs `work` in one transaction on one connection, which `work` has to {@link commit}, and rolls back when `work` rejects. It
 * does not run again. A connection on which even the rollback fails is not used again.
 *
 * @throws the error of `work`
 */
export async function inOpenTransaction<Result>(pool: pg.Pool, work: Work<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    return await work(client);
  } catch (error) {
    // A server that says nothing would not answer this either, while the caller waits.
    if (isSilent(error)) broken = error as Error;
    else await client.query('ROLLBACK').catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.release(broken);
  }
}
