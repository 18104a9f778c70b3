import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';

/** Opens a tenant's rows to a transaction of a role that may see all of them. $1: the tenant. */
export const AS_TENANT = "SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)";

/** Runs `work` in a transaction to which the rows of the tenant are open. */
export const asTenant = <Result>(
  pool: Pool,
  tenant: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> =>
  inTransaction(pool, async (client) => {
    await client.query(AS_TENANT, [tenant]);
    return work(client);
  });
