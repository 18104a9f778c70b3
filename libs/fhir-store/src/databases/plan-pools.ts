import { createPool, type Pool } from '@patient-access/database';
import { planOf } from '@patient-access/fhir';
import { FIRST_DATABASE } from './setting.ts';
import { bothKeepIt, WHERE_IS_PLAN, type Whereabouts, whereItIs } from './whereabouts.ts';
import { asTenant } from '../sql/as-tenant.ts';

/** @param pool of the ingest role @returns what this database says of the plan */
export const whereabouts = (pool: Pool, plan: string): Promise<Whereabouts> =>
  asTenant(
    pool,
    plan,
    async (client) => (await client.query<NonNullable<Whereabouts>>(WHERE_IS_PLAN.text, [plan])).rows[0],
  );

/** The databases of one service, for who writes: one that is needed is opened then. */
export class PlanPools {
  private readonly urls: Readonly<Record<string, string>>;
  private readonly options: Parameters<typeof createPool>[1];
  private readonly opened = new Map<string, Promise<Pool>>();

  /**
   * @param url of the ingest role in the first database
   * @param further URLs of the same role in others, by the name of the database
   */
  constructor(
    url: string,
    further: Readonly<Record<string, string>>,
    options: Parameters<typeof createPool>[1],
  ) {
    this.urls = { ...further, [FIRST_DATABASE]: url };
    this.options = options;
  }

  get names(): string[] {
    return Object.keys(this.urls);
  }

  /** @throws Error with one readable line when there is no such database, or when it cannot be reached */
  open(name: string): Promise<Pool> {
    const url = this.urls[name];
    if (url === undefined) return Promise.reject(new Error(`no database is named "${name}" in the settings`));
    const opening = this.opened.get(name) ?? createPool(url, this.options);
    this.opened.set(name, opening);
    // Who comes next tries again.
    opening.catch(() => this.opened.delete(name));
    return opening;
  }

  /** @returns the database that has the plan of this tenant now @throws PlanNotFound */
  async of(tenant: string): Promise<{ name: string; pool: Pool }> {
    const plan = planOf(tenant);
    const { name, result } = await whereItIs(FIRST_DATABASE, async (each) => {
      const pool = await this.open(each);
      return { said: await whereabouts(pool, plan), result: pool };
    });
    return { name, pool: result };
  }

  /**
   * @returns the database of the plan, and ends all others
   * @throws PlanNotFound; Error when another one says that it has the plan, too; then all are ended
   */
  async only(tenant: string): Promise<Pool> {
    try {
      const { name, pool } = await this.of(tenant);
      if (name === FIRST_DATABASE) await this.refuseDisputed(pool, planOf(tenant));
      this.opened.delete(name);
      return pool;
    } finally {
      await this.end();
    }
  }

  /** What was stored in the wrong one would go with it. A database that cannot be asked disputes nothing, as for who reads. */
  private async refuseDisputed(first: Pool, plan: string): Promise<void> {
    for (const name of this.names.filter((each) => each !== FIRST_DATABASE)) {
      const said = await this.open(name)
        .then((pool) => whereabouts(pool, plan))
        .catch(() => undefined);
      // The first one is asked again: the plan may have moved since.
      if (said && bothKeepIt(await whereabouts(first, plan), said))
        throw new Error(
          `"${FIRST_DATABASE}" and "${name}" both say that they have ${plan}: one came from a backup. Say which is right with import:move-plan --is-there`,
        );
    }
  }

  async end(): Promise<void> {
    const pools = await Promise.allSettled(this.opened.values());
    await Promise.all(pools.map((opened) => opened.status === 'fulfilled' && opened.value.end()));
  }
}
