/** Counts a person once whose two records were merged: what was disclosed under the replaced id is the survivor's. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { Counted } from './transfers.ts';

const REPLACED = 'SELECT member, survivor FROM replaced_person WHERE tenant = $1';

/** The survivor of a merge may have been replaced in a later one. Of persons who replace each other, one counts for all. */
function lastOf(survivors: ReadonlyMap<string, string>, member: string): string {
  const path: string[] = [];
  for (let next: string | undefined = member; next !== undefined; next = survivors.get(next)) {
    const from = path.indexOf(next);
    if (from >= 0) return path.slice(from).toSorted()[0] ?? member;
    path.push(next);
  }
  return path.at(-1) ?? member;
}

/**
 * @param pool connections to coverage-service's database, of a role that sees a whole tenant
 * @returns who is who by now, by the member who was replaced
 */
export async function survivorsOf(pool: Pool, tenant: string): Promise<ReadonlyMap<string, string>> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION READ ONLY');
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const { rows } = await client.query<{ member: string; survivor: string }>(REPLACED, [tenant]);
    const survivors = new Map(rows.map(({ member, survivor }) => [member, survivor]));
    return new Map(rows.map(({ member }) => [member, lastOf(survivors, member)]));
  });
}

/** What one app got of one person on one day is one transfer, also under two ids. */
export function asPersons(transfers: readonly Counted[], survivors: ReadonlyMap<string, string>): Counted[] {
  if (survivors.size === 0) return [...transfers];
  const found = new Map<string, Counted>();
  for (const each of transfers) {
    const member = survivors.get(each.member) ?? each.member;
    const key = JSON.stringify([member, each.client, each.day]);
    const { answers = 0 } = found.get(key) ?? {};
    found.set(key, { ...each, member, answers: answers + each.answers });
  }
  return [...found.values()];
}
