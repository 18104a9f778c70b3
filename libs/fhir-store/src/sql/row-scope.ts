import type { PipelinedStatement, ReadPool } from '@patient-access/database';

/** Whose data a statement may touch. Every statement of the store takes one; none can be built without. */
export interface RowScope {
  tenant: string;
  member: string;
}

/** A statement about the tables of the store; `$1` is the tenant and `$2` the member, always. */
export interface Statement extends PipelinedStatement {
  /**
   * Rows come in the order of an index, whatever the planner believes: it takes every member to have next to nothing,
   * and would rather read all of it and sort.
   */
  inOrder?: boolean;
}

const SET_ROW_SCOPE = {
  name: 'set-scope',
  text: "SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)",
  byKey: true,
};
const SET_ROW_SCOPE_IN_ORDER = {
  name: 'set-scope-in-order',
  text: `${SET_ROW_SCOPE.text}, set_config('enable_sort', 'off', true)`,
};

/**
 * Runs read statements in one transaction whose row-level security context is the scope, in one trip to the server. The
 * settings hold for the statements behind them and end with the transaction, so that nothing is left on the connection
 * for the next request.
 */
export async function readRows<Row>(
  pool: ReadPool,
  { tenant, member }: RowScope,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const setRowScope = statements.some(({ inOrder }) => inOrder) ? SET_ROW_SCOPE_IN_ORDER : SET_ROW_SCOPE;
  const [, ...rows] = await pool.run<Row>([{ ...setRowScope, values: [tenant, member] }, ...statements]);
  return rows;
}
