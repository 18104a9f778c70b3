import type { Pool } from '@patient-access/database';
import type pg from 'pg';

/** Whose data a statement may touch. Every statement of the store takes one; none can be built without. */
export interface Scope {
  tenant: string;
  member: string;
}

/** A statement about the tables of the store; `$1` is the tenant and `$2` the member, always. */
export interface Statement {
  /** set for shapes that recur, which are then prepared once per connection */
  name?: string;
  text: string;
  values: unknown[];
}

const SET_SCOPE = {
  name: 'set-scope',
  text: "SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)",
};

/**
 * Runs read statements in one transaction whose row-level security context is the scope. All of it goes to the
 * server in one trip (pipelined), and the settings end with the transaction, so that nothing is left on the
 * connection for the next request.
 */
export async function readScoped<Row extends pg.QueryResultRow>(
  pool: Pool,
  scope: Scope,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const results = await Promise.allSettled([
      client.query('BEGIN READ ONLY'),
      client.query({ ...SET_SCOPE, values: [scope.tenant, scope.member] }),
      ...statements.map((statement) => client.query<Row>(statement)),
      client.query('COMMIT'),
    ]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) {
      broken = failure.reason as Error;
      throw broken;
    }
    return results
      .slice(2, -1)
      .map((result) => (result as PromiseFulfilledResult<pg.QueryResult<Row>>).value.rows);
  } finally {
    // After an error the connection's state is not worth reasoning about.
    client.release(broken);
  }
}
