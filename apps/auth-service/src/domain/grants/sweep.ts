/** Deletes what has expired. Nothing depends on it, because every read checks the expiry. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';

const SWEEP_MS = 60_000;
/** Limits a statement, so that many short ones run after a long stop. */
const SWEEP_ROWS = 1_000;
const EXPIRING = [
  'oidc_record',
  'ended_record',
  'replay',
  'throttle',
  'client',
  'initial_access_token',
  'registration_count',
  'sandbox_fault',
  'mail',
  'mail_ticket',
  'login_change',
  'developer_session',
  'card_link',
  'live_replica',
];

interface Sweep {
  table: string;
  text: string;
}

const SWEEPS: readonly Sweep[] = [
  ...EXPIRING.map((table) => ({
    table,
    text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE expires_at < now() LIMIT ${SWEEP_ROWS}))`,
  })),
  { table: 'signing_key', text: 'DELETE FROM signing_key WHERE retires_at <= now()' },
];

/** What a sweep tells when a table could not be swept. */
type OnFailure = (table: string, error: unknown) => void;

/**
 * Deletes all that has expired, a part of each table in turn, so that a full table does not keep the others waiting. A
 * table that fails is left for the next sweep.
 */
export async function sweep(pool: Pool, onFailure: OnFailure, signal?: AbortSignal): Promise<void> {
  let sweeps = SWEEPS;
  while (sweeps.length > 0) {
    const full: Sweep[] = [];
    for (const each of sweeps) {
      if (signal?.aborted) return;
      try {
        const { rowCount } = await pool.query(each.text);
        if (rowCount === SWEEP_ROWS) full.push(each);
      } catch (error) {
        onFailure(each.table, error);
      }
    }
    sweeps = full;
  }
}

/** Sweeps on every replica, a minute after the sweep before has ended. */
export class Sweeper {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(pool: Pool, logger: Logger) {
    this.running = this.run(pool, (table, err) => logger.warn({ err, table }, 'what has expired stays'));
  }

  private async run(pool: Pool, onFailure: OnFailure): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await delay(SWEEP_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await sweep(pool, onFailure, signal);
    }
  }

  /** Ends after the statement that is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}
