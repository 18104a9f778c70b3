/** Whose resources a writer has hidden and not yet opened (rows/update-conditional.ts). */
import type { Pool } from '@patient-access/database';
import type pg from 'pg';
import { asTenant } from '../../sql/as-tenant.ts';

const NOTE = `
  INSERT INTO left_to_open (tenant, member) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`;
const FORGET = 'DELETE FROM left_to_open WHERE tenant = $1 AND member = ANY ($2::text[])';
const LEFT = 'SELECT member FROM left_to_open WHERE tenant = $1 ORDER BY member DESC';
const IS_LEFT = 'SELECT FROM left_to_open WHERE tenant = $1 AND member = $2';

type Noting = (client: pg.PoolClient, tenant: string, members: readonly string[]) => Promise<void>;

/** In the transaction that hides. */
export const noteToOpen: Noting = async (client, tenant, members) =>
  void (await client.query(NOTE, [tenant, members]));

/** In the transaction that opens. */
export const forgetToOpen: Noting = async (client, tenant, members) =>
  void (await client.query(FORGET, [tenant, members]));

/** @returns the plan's reference data, for which '' stands, is the last: it may concern every member, and take long */
export function membersToOpen(pool: Pool, tenant: string): Promise<string[]> {
  return asTenant(pool, tenant, async (client) => {
    return (await client.query<{ member: string }>(LEFT, [tenant])).rows.map(({ member }) => member);
  });
}

/** In a transaction that has the turn of the member. */
export const isLeftToOpen = async (client: pg.PoolClient, tenant: string, member: string): Promise<boolean> =>
  (await client.query(IS_LEFT, [tenant, member])).rowCount === 1;
