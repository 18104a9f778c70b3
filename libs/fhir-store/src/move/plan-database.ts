/** What the databases say of where a plan is, while it moves (`plan_database`). */
import { inTransactionOnce, type Pool } from '@patient-access/database';
import { planOf } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';
import { eventOnRecords, type ImportSource } from '../ingest/ingest-event.ts';
import { lockTenant } from '../ingest/turns/tenant-lock.ts';
import { AS_TENANT, asTenant } from '../sql/as-tenant.ts';

/** The lock of those who write, without asking whether they may. */
const LOCK = 'SELECT pg_advisory_xact_lock(hashtext($1))';
const SAY = `
  INSERT INTO plan_database (plan, moved_to, paused) VALUES ($1, $2, $3)
  ON CONFLICT (plan) DO UPDATE SET moved_to = EXCLUDED.moved_to, paused = EXCLUDED.paused`;
/** Another command may have moved it on meanwhile. */
const TAKE_WRITES = 'UPDATE plan_database SET paused = false WHERE plan = $1 AND moved_to IS NULL';
const STILL_PAUSED = 'SELECT FROM plan_database WHERE plan = $1 AND paused AND moved_to IS NULL FOR UPDATE';

/** A database and its name in the settings. */
export interface NamedPool {
  name: string;
  pool: Pool;
}

const say = (client: pg.PoolClient, plan: string, movedTo: string | null, paused: boolean) =>
  client.query(SAY, [plan, movedTo, paused]);

/**
 * The copy begins. Until it is whole, its database says that the plan is where it was. That one may be written to: a move before
 * this one may have been stopped in its pause, or in its switch.
 */
export async function beginCopy(
  from: NamedPool,
  to: NamedPool,
  tenant: string,
  source: ImportSource,
): Promise<void> {
  const plan = planOf(tenant);
  await asTenant(to.pool, plan, (client) => say(client, plan, from.name, false));
  await resumeWrites(from.pool, plan);
  await asTenant(from.pool, plan, async (client) => {
    await lockTenant(client, plan);
    await client.query(recordStatement([eventOnRecords(source, plan, 'plan-move')]));
  });
}

/**
 * From the commit on nothing is written; those who write already have ended before.
 *
 * @param tenants the plan, and what it publishes: each has a lock of its own
 */
export const pauseWrites = (pool: Pool, tenants: readonly string[], plan: string): Promise<void> =>
  asTenant(pool, plan, async (client) => {
    for (const tenant of [...tenants].sort()) await client.query(LOCK, [tenant]);
    await say(client, plan, null, true);
  });

/** The plan is here, and may be written to. */
export const resumeWrites = (pool: Pool, plan: string): Promise<unknown> =>
  asTenant(pool, plan, (client) => say(client, plan, null, false));

/**
 * The plan is in the other database from now on. It says so before this one does, and nobody asks it before. It is written to
 * when this one has said so, too: what is not paused has been written to since, whatever a backup of this one says.
 *
 * @param counts of what was moved, for the event
 * @throws Error when another move has ended meanwhile; then nothing changed
 */
export async function switchTo(
  from: NamedPool,
  to: NamedPool,
  plan: string,
  { source, counts }: { source: ImportSource; counts: Record<string, number> },
): Promise<void> {
  await inTransactionOnce(from.pool, async (here) => {
    await here.query(AS_TENANT, [plan]);
    if (((await here.query(STILL_PAUSED, [plan])).rowCount ?? 0) === 0)
      throw new Error(`another command has moved ${plan} meanwhile, or let its imports go on`);
    await asTenant(to.pool, plan, async (there) => {
      await say(there, plan, null, true);
      await there.query(recordStatement([eventOnRecords(source, plan, 'plan-moved', { counts })]));
    });
    await say(here, plan, to.name, false);
  });
  await asTenant(to.pool, plan, (there) => there.query(TAKE_WRITES, [plan]));
}

/** Lets a database that had the plan before point at the one that has it now, and not at one between them. */
export const pointAt = (pool: Pool, plan: string, name: string): Promise<unknown> =>
  asTenant(pool, plan, (client) => say(client, plan, name, false));

/** For each transaction that deletes what was left: @throws Error when the plan is here, so it is nothing that was left */
export async function refuseIfHere(client: pg.PoolClient, tenant: string): Promise<void> {
  const plan = planOf(tenant);
  await client.query(AS_TENANT, [tenant]);
  await client.query(LOCK, [tenant]);
  const { rowCount } = await client.query(
    'SELECT FROM plan_database WHERE plan = $1 AND moved_to IS NOT NULL FOR SHARE',
    [plan],
  );
  if (rowCount === 0) throw new Error(`the records of ${plan} are in this database: they are not deleted`);
}
