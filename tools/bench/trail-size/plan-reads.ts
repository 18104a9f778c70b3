/** What a plan of Postgres has read, from EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON). */

/** A node of a plan, with what is read of it here. */
export interface PlanNode {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** What one statement read. */
export interface PlanReads {
  /** rows of the table */
  rows: number;
  /** entries of an index that were looked at without their rows */
  entries: number;
  /** whether a table was read from its beginning to its end */
  isWhole: boolean;
  /** how often a table or an index was looked into: once for each month, and again for each row of a loop */
  lookups: number;
  /** blocks of 8 kB, in memory or not, also those that a function read */
  blocks: number;
}

/** Adds up all nodes that look into a table or an index. */
export function readOf(plan: PlanNode): PlanReads {
  const scans = nodesOf(plan).filter((node) => /Scan$/.test(node['Node Type']) && node['Actual Loops'] > 0);
  const looked = (node: PlanNode) =>
    (node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0)) *
    node['Actual Loops'];
  const isEntries = (node: PlanNode) => /^(?:Index Only|Bitmap Index) Scan$/.test(node['Node Type']);
  const sum = (nodes: readonly PlanNode[]) => nodes.reduce((all, node) => all + looked(node), 0);
  const onTable = scans.filter((node) => !/^(?:Subquery|CTE|Function) Scan$/.test(node['Node Type']));
  return {
    rows: sum(onTable.filter((node) => !isEntries(node))),
    entries: sum(onTable.filter(isEntries)),
    lookups: onTable.reduce((all, node) => all + node['Actual Loops'], 0),
    blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    isWhole: onTable.some((node) => node['Node Type'] === 'Seq Scan' && looked(node) > 0),
  };
}
