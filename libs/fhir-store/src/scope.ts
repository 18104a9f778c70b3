import type { Pool } from '@patient-access/database';
import { ScopedRead } from './scoped-read.ts';

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
  /**
   * Rows come in the order of an index, whatever the planner believes: it takes every member to have next to nothing,
   * and would rather read all of it and sort.
   */
  inOrder?: boolean;
}

/**
 * Runs read statements in one transaction whose row-level security context is the scope, in one trip to the server.
 * The settings end with the transaction, so that nothing is left on the connection for the next request.
 *
 * @param pool one whose transactions are read-only
 */
export async function readScoped<Row>(
  pool: Pool,
  scope: Scope,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    return await client.query(new ScopedRead<Row>(scope, statements)).result;
  } catch (error) {
    // After an error the connection's state is not worth reasoning about.
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}
