/**
 * Ends the grants that are over before their time, because their relation is: the plan withdrew it, its last day has
 * passed, a child has come of age, or the time after the coverage or the death is over; or because the plan ended all
 * that was given before an instant, or a restored database does not know their tokens. Such a grant opens nothing any
 * more from that moment on, because its own record has expired. Here the end is written to the consent and to the trail,
 * the gateways get their notices, and the tokens are deleted.
 */
import { LastingFault, Pace } from '@patient-access/concurrency';
import { inTransaction, type Pool } from '@patient-access/database';
import type { Logger } from '@patient-access/platform';
import { contextOfPlan } from '../audit/access-event.ts';
import { queryOn, type RunSql } from '../database.ts';
import { endGrantsOf } from './end-grants.ts';

const BATCH_GRANTS = 200;
const QUICK_MS = 500;
/** While nothing happens: only the time can end a grant then, and it opens nothing from that moment on. */
const QUIET_MS = 5_000;

interface DueGrant {
  tenant: string;
  grant_id: string;
  reason: 'relation' | 'of-age' | 'coverage' | 'death' | 'corrected' | 'not-before' | 'restore';
}

/** A consent that ends by itself before its relation stays as it is, so there are more of them each year. No look reads past them. */
const IS_OVER = 'revoked_at IS NULL AND over_at < until AND over_at <= now() AND until > now()';

export const LOOKS = {
  any: `SELECT EXISTS (SELECT 1 FROM consent WHERE ${IS_OVER}) AS due`,
  /** Two replicas take different grants. */
  due: `SELECT tenant, grant_id, over_by AS reason FROM consent WHERE ${IS_OVER}
         ORDER BY over_at LIMIT ${BATCH_GRANTS} FOR UPDATE SKIP LOCKED`,
  count: `SELECT count(*) FROM consent WHERE ${IS_OVER}`,
};
const ANY_DUE = { name: 'any-grant-over', text: LOOKS.any };

async function endDue(query: RunSql): Promise<number> {
  const due = await query<DueGrant>(LOOKS.due, []);
  const groups = Map.groupBy(due, ({ tenant, reason }) => `${tenant} ${reason}`);
  for (const group of groups.values()) {
    const [{ tenant, reason }] = group as [DueGrant];
    const grants = group.map(({ grant_id: id }) => id);
    await endGrantsOf(query, { grants }, reason, contextOfPlan(tenant));
  }
  return due.length;
}

/** @returns how many grants ended, at most one batch; undefined: none is over */
async function endOverGrants(pool: Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ due: boolean }>(ANY_DUE);
  if (!rows[0]?.due) return undefined;
  return inTransaction(pool, (client) => endDue(queryOn(client)));
}

/** @returns how many grants are over and not yet ended: more than a few show that no replica ends them */
export async function countOver(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(LOOKS.count);
  return Number(rows[0]?.count ?? 0);
}

/** Ends what is over, on every replica, until it is stopped. */
export class GrantEnds {
  private readonly pace = new Pace(QUICK_MS, QUIET_MS);
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(pool: Pool, logger: Logger) {
    this.running = this.run(pool, logger);
  }

  private async run(pool: Pool, logger: Logger): Promise<void> {
    const fault = new LastingFault((fields) =>
      logger.warn(fields, 'grants that are over wait for their end'),
    );
    while (!this.stopped) {
      try {
        const ended = await endOverGrants(pool);
        if (ended !== BATCH_GRANTS) await this.pace.rest(ended !== undefined);
      } catch (err) {
        fault.tell({ err });
        await this.pace.rest(false);
      }
    }
  }

  /** Grants may be over now. */
  wake(): void {
    this.pace.quicken();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pace.stop();
    await this.running;
  }
}
