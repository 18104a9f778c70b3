/** Changes a table without keeping others from it. */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/**
 * While a migration waits for a table, everybody else who needs the table waits behind it. So a migration waits only
 * for this time and then tries again, and members are served in between (case P13).
 */
const BRIEFLY = "SELECT set_config('lock_timeout', '1s', true);\n";
const PAUSE_MS = 500;
const ATTEMPTS = 20;
/** SQLSTATE lock_not_available */
const NO_LOCK = '55P03';

/** Runs a script as one transaction. @throws Error of Postgres, also when it did not get its lock for the last time */
export async function runBriefly(pool: pg.Pool, script: string, attempt = 1): Promise<void> {
  try {
    await pool.query(BRIEFLY + script);
  } catch (error) {
    if ((error as { code?: string }).code !== NO_LOCK || attempt === ATTEMPTS) throw error;
    await delay(PAUSE_MS);
    await runBriefly(pool, script, attempt + 1);
  }
}
