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
/**
 * SQLSTATE lock_not_available, and deadlock_detected: a service that takes the same tables in another order may be what Postgres lets
 * go on. Either way nothing of the script is left.
 */
const NO_LOCK: readonly unknown[] = ['55P03', '40P01'];

/** Runs a script as one transaction. @throws Error of Postgres, also when it did not get its lock for the last time */
export async function runBriefly(pool: pg.Pool, script: string, attempt = 1): Promise<void> {
  try {
    await pool.query(BRIEFLY + script);
  } catch (error) {
    if (!NO_LOCK.includes((error as { code?: string }).code) || attempt === ATTEMPTS) throw error;
    await delay(PAUSE_MS);
    await runBriefly(pool, script, attempt + 1);
  }
}
