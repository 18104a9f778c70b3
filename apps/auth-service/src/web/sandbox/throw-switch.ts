/** What happens when a switch is thrown, and that it is recorded before the app is told. */
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox';
import { type Change, CHANGES, CLEARINGS } from './changes.ts';
import { rotateNow } from './rotate-keys.ts';
import { eventOf, type Thrower, type Told } from './thrower.ts';

/** @throws SandboxRefusal when the form asks for what cannot be, or too soon */
type Throw = (thrower: Thrower, form: unknown) => Promise<Told>;

/** The change and its event are one transaction. */
function inOne(change: Change): Throw {
  return (thrower, form) =>
    inTransaction(thrower.services.pool, async (db) => {
      const query = async <Row>(text: string, values: unknown[]) =>
        (await db.query(text, values)).rows as Row[];
      const told = await change({ ...thrower, db, query }, form);
      await db.query(recordStatement([eventOf(thrower, told)]));
      return told;
    });
}

/** Not in a transaction: rotating takes a connection of its own, and nobody may wait for one who holds another. */
async function rotateKeys(thrower: Thrower): Promise<Told> {
  const told = { signs_from: (await rotateNow(thrower)).toISOString() };
  await thrower.services.outbox.record(eventOf(thrower, told));
  return told;
}

const each = (changes: ReadonlyMap<string, Change>): [string, Throw][] =>
  [...changes].map(([name, change]) => [name, inOne(change)]);

/** By the last segment of `POST {sandbox}/{switch}`. */
export const ON: ReadonlyMap<string, Throw> = new Map([...each(CHANGES), ['rotate-keys', rotateKeys]]);

/** By the last segment of `DELETE {sandbox}/{switch}`. */
export const OFF: ReadonlyMap<string, Throw> = new Map(each(CLEARINGS));
