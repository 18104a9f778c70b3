/** Sessions of Postgres that wait for what another one holds. */
import type { World } from './world.ts';

const WAITING = `
  SELECT FROM pg_stat_activity
   WHERE datname = 'auth' AND wait_event_type = 'Lock' AND ($1::text IS NULL OR wait_event = $1)`;

/** @param type of the lock, as `relation`; left out: of any type @returns how many wait */
export async function lockWaits({ db }: Pick<World, 'db'>, type?: string): Promise<number> {
  return (await db.query(WAITING, [type ?? null])).rowCount ?? 0;
}
