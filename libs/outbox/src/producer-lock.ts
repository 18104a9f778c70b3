/**
 * Says which process delivers the rows of a producer. It is a lock of the database in a transaction that stays open. So it also
 * holds behind PgBouncer in transaction mode, where a lock of a session would be left on a connection of somebody else.
 */
import type pg from 'pg';

/**
 * No timeout may end this transaction. It is the last statement and has no parameters: the driver then sends it in a way
 * that leaves no portal open. At READ COMMITTED such a transaction has no snapshot and no transaction id, so it does not
 * keep vacuum from removing rows.
 */
const NO_TIMEOUT = `SELECT set_config(name, '0', true) FROM pg_settings
                     WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')`;
const LOCK = `SELECT pg_try_advisory_xact_lock(hashtextextended('outbox ' || $1, 0)) AS held,
                     current_setting('transaction_read_only')::boolean AS "isReadOnly"`;
/** SQLSTATE read_only_sql_transaction: what a statement that writes gets from a server that takes no writes. */
export const READ_ONLY = '25006';

/** Ends when {@link end} is called, and when the connection ends: with the process, the network or the database. */
export class ProducerLock {
  /** resolves when the connection is lost */
  readonly lost: Promise<void>;
  private client: pg.PoolClient | undefined;
  private readonly onEnd: () => void;

  private constructor(client: pg.PoolClient) {
    this.client = client;
    const lost = Promise.withResolvers<void>();
    this.lost = lost.promise;
    this.onEnd = () => {
      this.give(true);
      lost.resolve();
    };
    client.once('end', this.onEnd);
  }

  /**
   * @returns undefined when a living process has it
   * @throws Error when the database does not answer, or takes no writes
   */
  static async take(pool: pg.Pool, producer: string): Promise<ProducerLock | undefined> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const { rows } = await client.query<{ held: boolean; isReadOnly: boolean }>(LOCK, [producer]);
      // A lock of a standby keeps nobody off who asks the primary.
      if (rows[0]?.isReadOnly)
        throw Object.assign(new Error('the database takes no writes'), { code: READ_ONLY });
      if (rows[0]?.held) {
        await client.query(NO_TIMEOUT);
        return new ProducerLock(client);
      }
      await client.query('ROLLBACK');
      client.release();
      return undefined;
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
  }

  async end(): Promise<void> {
    const { client } = this;
    const broken = await client?.query('ROLLBACK').then(
      () => false,
      (error: Error) => error,
    );
    this.give(broken ?? false);
  }

  /** Gives the connection back to the pool, once. */
  private give(broken: Error | boolean): void {
    this.client?.off('end', this.onEnd);
    this.client?.release(broken);
    this.client = undefined;
  }
}
