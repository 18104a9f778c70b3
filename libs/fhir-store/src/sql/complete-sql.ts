/** All resources of a type that a member has, where the plan states that they are complete. */
import { type RowQuery, StatementValues, toStatement, where } from './search-sql.ts';
import type { Statement } from './row-scope.ts';

/**
 * The statement of the plan and the resources are read at one instant. There is no row where the plan states nothing.
 *
 * @param limit of rows
 */
export function completeStatement(query: RowQuery, limit: number): Statement {
  const values = new StatementValues(query);
  const filter = where(query, values);
  const stated = `SELECT to_char(c.since, 'YYYY-MM-DD') AS since, c.up_to
                    FROM complete_records c WHERE c.tenant = $1 AND c.type = $3 AND c.since IS NOT NULL`;
  const text = `SELECT r.body, r.audience, c.since, c.up_to FROM (${stated}) c, resource r
                 WHERE ${filter} LIMIT ${values.add(limit)}`;
  return toStatement('complete', query, values, text);
}
