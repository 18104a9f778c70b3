/** Ends what a person has, for a plan at whose identity provider she was disabled, deleted, or lost her number. */
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { endEverythingOf, lockPeople, memberBehind, PersonAtPlan } from '../../federation/people.ts';
import { type Administration, actorOf, NotFoundError } from '../administration.ts';

export interface EndedAccess {
  /** accounts of the person */
  accounts: number;
  grants: number;
}

type EndingAct = 'person-end' | 'scim-deactivate' | 'scim-delete';

/** Links and codes that were mailed for the login end by a trigger, and none is mailed without a password. */
export const TAKE_PASSWORD = 'UPDATE account SET password_hash = NULL WHERE tenant = $1 AND sub = $2::uuid';

/**
 * Ends sessions, grants and tokens of a person, in the transaction of `db`, with the act in the trail. Whom the identity
 * provider has deleted loses her password too: nothing is kept of her that a later login could be refused by.
 *
 * @param action what the trail says was done
 */
export async function endAccess(
  db: PoolClient,
  admin: Administration,
  person: PersonAtPlan,
  action: EndingAct,
): Promise<EndedAccess> {
  const query = queryOn(db);
  const rows = await lockPeople(query, admin.tenant, person);
  let grants = 0;
  for (const row of rows) {
    grants += await endEverythingOf(query, admin.tenant.id, row.sub);
    if (action === 'scim-delete') await query(TAKE_PASSWORD, [admin.tenant.id, row.sub]);
    await recordAct(db, actorOf(admin), { action, member: memberBehind(row) });
  }
  return { accounts: rows.length, grants };
}

/**
 * Ends all that a person has here. She can log in again as soon as the identity provider lets her.
 *
 * @throws NotFoundError when nobody of that subject, number or login has ever logged in; ZodError
 */
export function endPerson(admin: Administration, given: unknown): Promise<EndedAccess> {
  const person = PersonAtPlan.parse(given);
  return inTransaction(admin.pool, async (db) => {
    const ended = await endAccess(db, admin, person, 'person-end');
    if (ended.accounts === 0)
      throw new NotFoundError(`nobody like this has logged in at "${admin.tenant.id}"`);
    return ended;
  });
}
