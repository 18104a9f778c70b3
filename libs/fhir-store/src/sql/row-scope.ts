import { columnsSetting, type PipelinedStatement, type ReadPool } from '@patient-access/database';
import { planOf } from '@patient-access/fhir';

/** Whose data a statement may touch. Every statement of the store needs one. */
export interface RowScope {
  tenant: string;
  member: string;
}

/** A statement about the tables of the store. `$1` is always the tenant and `$2` the member. */
export interface Statement extends PipelinedStatement {
  /**
   * Reads the rows in the order of an index. The planner estimates that a member has almost no rows, and would rather
   * read all of them and sort.
   */
  inOrder?: boolean;
}

const SET_ROW_SCOPE = {
  name: 'set-scope',
  text: "SELECT set_config('app.tenant', $1, true), set_config('app.member', $2, true)",
  byKey: true,
  sets: true,
};
/**
 * The settings of a statement that is `inOrder`. Bitmaps are off, because PostgreSQL 17 may look for what a policy allows by a bitmap
 * for each side of its OR, and then reads the table for what the index has.
 */
export const IN_ORDER = { enable_sort: 'off', enable_bitmapscan: 'off' };
const SET_ROW_SCOPE_IN_ORDER = {
  name: 'set-scope-in-order',
  text: `${SET_ROW_SCOPE.text}, ${columnsSetting(IN_ORDER)}`,
  sets: true,
};

/**
 * Runs read statements in one transaction whose row-level security context is the row scope, in one trip to the
 * server. The settings end with the transaction, so the next request on the connection does not inherit them.
 */
export async function readRows<Row>(
  pool: ReadPool,
  { tenant, member }: RowScope,
  statements: readonly Statement[],
): Promise<Row[][]> {
  const setRowScope = statements.some(({ inOrder }) => inOrder) ? SET_ROW_SCOPE_IN_ORDER : SET_ROW_SCOPE;
  const scoped = { ...setRowScope, values: [tenant, member], share: planOf(tenant) };
  const [, ...rows] = await pool.run<Row>([scoped, ...statements]);
  return rows;
}
