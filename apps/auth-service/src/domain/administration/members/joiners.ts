/** Who may make an account alone, one person at a time: what `member load-people` says in a line. */
import { inTransaction } from '@patient-access/database';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { joiningKey } from '../../joining/joined.ts';
import { setPlanPeople } from '../../joining/plan-people.ts';
import { PlanPerson } from '../../joining/plan-person.ts';
import type { Keys } from '../../keys/secrets.ts';
import { type Administration, actorOf } from '../administration.ts';
import { takeTurns } from './new-numbers.ts';
import { planSpelling } from './plan-spelling.ts';

/**
 * @param masters KEY_ENCRYPTION_KEY
 * @param body a {@link PlanPerson} without its number
 * @throws ZodError that names what is wrong; RepairRefused when the plan has two spellings of the number, and this is neither
 */
export function putPlanPerson(
  admin: Administration,
  masters: Keys,
  number: string,
  body: unknown,
): Promise<void> {
  const said = PlanPerson.parse({ ...(Object(body) as object), number });
  return inTransaction(admin.pool, async (db) => {
    await takeTurns(db, admin.tenant.id);
    const person = { ...said, number: await planSpelling(db, admin, said.number) };
    const changed = await setPlanPeople(queryOn(db), joiningKey(masters), admin.tenant, [person]);
    if (changed > 0) await recordAct(db, actorOf(admin), { action: 'member-load-people' });
  });
}
