/** What runs SQL: a pool, or one connection. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** How Postgres has run a statement. */
interface Explained {
  /** the plan as `EXPLAIN` prints it */
  plan: string;
  /** of 8 kB, in memory or not, that the whole statement has read, apart from what the planner read */
  blocks: number;
}

/** The first such line is of the whole statement, later ones are of its parts. What reads nothing has none. */
function blocksIn(plan: string): number {
  const [run = ''] = plan.split(/^Planning:/m);
  const [, hit = '0', read = '0'] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(run) ?? [];
  return Number(hit) + Number(read);
}

/** Runs a statement, and says how Postgres did it. */
export async function explainRun(db: Queryable, text: string, values: unknown[] = []): Promise<Explained> {
  const { rows } = await db.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
  const plan = (rows as { 'QUERY PLAN': string }[]).map((row) => row['QUERY PLAN']).join('\n');
  return { plan, blocks: blocksIn(plan) };
}
