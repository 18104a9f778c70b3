import { setTimeout as delay } from 'node:timers/promises';
import type { PipelinedStatement, ReadPool } from '@patient-access/database';
import { planOf, unavailable } from '@patient-access/fhir';
import type { Places } from './places.ts';
import { FIRST_DATABASE } from './setting.ts';
import { PlanNotFound, WHERE_IS_PLAN, type Whereabouts, whereItIs } from './whereabouts.ts';

const SOON_MS = 500;

/** The one tenant of all statements: it is the first value of each, see Statement. */
function tenantOf(statements: readonly PipelinedStatement[]): string {
  const [tenant, another] = new Set(statements.map(({ values }) => values[0]));
  if (typeof tenant !== 'string' || another !== undefined) throw new Error('statements of several tenants');
  return tenant;
}

/** @returns the rows of a further database; none when they do not come soon */
function soon<Row>(answer: Promise<{ rows: Row[] }>): Promise<{ rows: Row[] }> {
  const none = { rows: [] };
  return Promise.race([answer.catch(() => none), delay(SOON_MS, none, { ref: false })]);
}

interface Routed {
  /** may throw that a database cannot be used now */
  readsOf(name: string): ReadPool;
  /** the further databases that are open now */
  others(): readonly ReadPool[];
  places: Places;
  /** has the service several databases? */
  several: boolean;
}

/**
 * Reads each plan in the database that has it. Behind the statements of a request goes the question where the plan is, in
 * the same transaction. "Here" as its answer means that the plan was here while they ran, because it is deleted only after
 * it has moved. So no row is read too early, too late, or of a copy that somebody left.
 */
export function routedReads({ readsOf, others, places, several }: Routed): ReadPool {
  const where = (plan: string) => ({ ...WHERE_IS_PLAN, values: [plan] });
  async function follow<Row>(statements: readonly PipelinedStatement[], tenant: string): Promise<Row[][]> {
    const plan = planOf(tenant);
    const { name, result } = await whereItIs(places.of(tenant), async (each) => {
      const rows = await readsOf(each).run<unknown>([...statements, where(plan)]);
      return { said: rows.pop()?.[0] as Whereabouts, result: rows as Row[][] };
    });
    places.note(tenant, name);
    return result;
  }
  return {
    get counts() {
      return readsOf(FIRST_DATABASE).counts;
    },
    /** the oldest of them */
    get version() {
      return Math.min(...[readsOf(FIRST_DATABASE), ...others()].map(({ version }) => version));
    },
    async run<Row>(statements: readonly PipelinedStatement[]) {
      const tenant = tenantOf(statements);
      // With one database there is nothing to ask, but the plan may have moved to one that this replica was not told of.
      if (!several) return readsOf(places.of(tenant)).run<Row>(statements);
      return follow<Row>(statements, tenant).catch((error: unknown) => {
        throw error instanceof PlanNotFound ? unavailable(error) : error;
      });
    },
    /** The rows of all databases, for what is about all plans. A further one that does not answer holds nobody up. */
    async query<Row>(text: string, values?: unknown[]) {
      const further = others().map((reads) => soon(reads.query<Row>(text, values)));
      const answers = await Promise.all([readsOf(FIRST_DATABASE).query<Row>(text, values), ...further]);
      return { rows: answers.flatMap(({ rows }) => rows) };
    },
    async end() {
      await Promise.all([readsOf(FIRST_DATABASE), ...others()].map((reads) => reads.end()));
    },
  };
}
