/** The rows of one tenant, which row-level security keeps from everybody who does not say of whom they ask. */
import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';

/** Opens the rows of a tenant to a transaction. $1: the tenant. */
export const OF_TENANT = "SELECT set_config('app.tenant', $1, true)";

/** @param auditor connections of the auditor role @returns what `read` finds in the trail of a tenant, in one transaction */
export const readTrail = <Result>(
  auditor: Pool,
  tenant: string,
  read: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> =>
  inTransaction(auditor, async (client) => {
    await client.query(OF_TENANT, [tenant]);
    return read(client);
  });
