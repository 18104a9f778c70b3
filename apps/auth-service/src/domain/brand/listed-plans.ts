import type { Queryable } from '../database.ts';

const LISTED = `SELECT id FROM tenant
  WHERE suspended_at IS NULL AND settings #>> '{brand,listed}' = 'true' ORDER BY id`;

/** @returns identifiers of the plans that want to be in the bundle of all plans, always in the same order */
export const listedPlans = async (db: Queryable): Promise<string[]> =>
  (await db.query<{ id: string }>(LISTED)).rows.map(({ id }) => id);
