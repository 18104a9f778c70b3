/**
 * The statement of a plan that its records of a type are complete since a day
 * (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md). A load makes it at its end, and only if nobody else has
 * changed such records since the load began.
 */
import { inTransaction, type Pool } from '@patient-access/database';
import { computedFrom, SENSITIVE_CATEGORIES } from '@patient-access/fhir';
import type pg from 'pg';
import { joinTenant, lockTenant } from '../turns/tenant-lock.ts';

const BEGIN = `
  INSERT INTO complete_records (tenant, type, load)
  SELECT $1, k.type, $3 FROM unnest($2::text[]) AS k (type) ORDER BY k.type COLLATE "C"
  ON CONFLICT (tenant, type) DO UPDATE SET load = EXCLUDED.load, since = NULL, up_to = NULL`;
const WITHDRAW = `
  UPDATE complete_records SET load = NULL, since = NULL, up_to = NULL
   WHERE tenant = $1 AND type = ANY ($2::text[]) AND load IS NOT NULL AND load IS DISTINCT FROM $3`;
/**
 * Records that are withheld even from an app to which every category was released are in no sum.
 *
 * @param labels the parameter with the labels of all categories
 */
const withheldFromAll = (labels: string): string => `
       SELECT FROM resource r
        WHERE r.tenant = $1 AND r.type = ANY ($2::text[]) AND r.form = 0 AND r.audience IS NOT NULL
          AND NOT EXISTS (
            SELECT FROM resource o
             WHERE o.tenant = r.tenant AND o.member = r.member AND o.type = r.type AND o.id = r.id
               AND (o.audience IS NULL OR admits(o.audience, ${labels})))`;
const STATE = `
  UPDATE complete_records SET since = $4, up_to = $5
   WHERE tenant = $1 AND type = ANY ($2::text[]) AND load = $3 AND NOT EXISTS (${withheldFromAll('$6')})`;
const WITHDRAW_WITHHELD = `
  UPDATE complete_records SET load = NULL, since = NULL, up_to = NULL
   WHERE tenant = $1 AND type = ANY ($2::text[]) AND since IS NOT NULL
     AND EXISTS (${withheldFromAll('$3')} AND r.member = $4)`;

const LABELS: readonly string[] = Object.values(SENSITIVE_CATEGORIES).flat();

/** The load that may make the statement, and the types of one owner that it is about. */
export interface StatingLoad {
  /** UUID */
  load: string;
  types: readonly string[];
}

/** Withdraws the statement before the load. Waits until no other writer is at work. */
export async function beginComplete(pool: Pool, tenant: string, { load, types }: StatingLoad): Promise<void> {
  await inTransaction(pool, async (client) => {
    await lockTenant(client, tenant);
    await client.query(BEGIN, [tenant, types, load]);
  });
}

/**
 * Withdraws the statement about records that are changed or refused now, in the transaction that changes them.
 *
 * @param types of these records
 * @param load that changes them, which may make the statement; undefined: nobody who could
 */
export async function withdrawComplete(
  client: pg.PoolClient,
  tenant: string,
  types: readonly string[],
  load: string | undefined,
): Promise<void> {
  const stated = [...new Set(types)].filter((type) => computedFrom.has(type));
  if (stated.length > 0) await client.query(WITHDRAW, [tenant, stated, load ?? null]);
}

/**
 * Withdraws the statement when records of a member are withheld from every app now, because something that they refer to
 * is. A load that is under way is judged at its end, because it may take the reason away.
 */
export async function withdrawWithheld(
  client: pg.PoolClient,
  tenant: string,
  { member, types }: { member: string; types: readonly string[] },
): Promise<void> {
  const stated = [...new Set(types)].filter((type) => computedFrom.has(type));
  if (stated.length > 0) await client.query(WITHDRAW_WITHHELD, [tenant, stated, LABELS, member]);
}

/** As {@link withdrawComplete}, for a load that was sent something that cannot be stored. */
export async function refuseComplete(
  pool: Pool,
  tenant: string,
  { load, types }: StatingLoad,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await joinTenant(client, tenant);
    await withdrawComplete(client, tenant, types, load);
  });
}

/**
 * Makes the statement. Waits until no other writer is at work: one who writes for another service may be about to withhold
 * such records, because of what they refer to.
 *
 * @param since day, ISO 8601
 * @param upTo instant up to which the records are known, ISO 8601
 * @returns false where another load has changed such records, or some of them can be released to no app
 */
export async function stateComplete(
  pool: Pool,
  tenant: string,
  { load, types, since, upTo }: StatingLoad & { since: string; upTo: string },
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await lockTenant(client, tenant);
    const { rowCount } = await client.query(STATE, [tenant, types, load, since, upTo, LABELS]);
    return rowCount === types.length;
  });
}
