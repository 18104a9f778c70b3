/**
 * Forms anew what names something that not everybody sees: an update may leave out more of it than the build that stored it
 * did (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { asTenant } from '../sql/as-tenant.ts';
import { loadConditional, membersReferring } from './rows/conditional-rows.ts';
import { type Databases, formAgain } from './turns/storing.ts';

const MEMBERS = 'SELECT DISTINCT member FROM conditional_resource WHERE tenant = $1';

/**
 * Whose resources name what not everybody sees. '' stands for the plan's reference data. All databases are asked, as a build
 * before this one may have left their lists different.
 */
async function concerned({ all }: Databases, tenant: string): Promise<string[]> {
  const members = new Set<string>();
  const ofPlan = new Set<string>();
  for (const pool of all)
    await asTenant(pool, tenant, async (client) => {
      const { rows } = await client.query<{ member: string }>(MEMBERS, [tenant]);
      for (const { member } of rows) members.add(member);
      const known = await loadConditional(client, tenant, ['']);
      for (const key of known.get('')?.keys() ?? []) ofPlan.add(key);
    });
  for (const pool of ofPlan.size > 0 ? all : [])
    for (const member of await asTenant(pool, tenant, (client) =>
      membersReferring(client, tenant, [...ofPlan]),
    ))
      members.add(member);
  return [...members].sort();
}

/**
 * Each member is a transaction of its own, for which imports of the plan wait. The same again changes nothing.
 *
 * @returns after each: how many are done, and of how many
 */
export async function* formAnew(
  databases: Databases,
  tenant: string,
): AsyncGenerator<{ done: number; of: number }> {
  const members = await concerned(databases, tenant);
  for (const [at, member] of members.entries()) {
    await formAgain(databases, tenant, member);
    yield { done: at + 1, of: members.length };
  }
}
