/** What happens when a switch is thrown, and that it is recorded before the app is result. */
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox';
import { type Change, CHANGES, CLEARINGS } from './changes.ts';
import { rotateNow } from './rotate-keys.ts';
import { faultEvent, type SandboxCaller, type FaultResult } from './sandbox-caller.ts';

/** @throws SandboxRefusal when the form asks for what cannot be, or too soon */
type SetFault = (caller: SandboxCaller, form: unknown) => Promise<FaultResult>;

/** The change and its event are one transaction. */
function inTransactionWithEvent(change: Change): SetFault {
  return (caller, form) =>
    inTransaction(caller.services.pool, async (db) => {
      const query = async <Row>(text: string, values: unknown[]) =>
        (await db.query(text, values)).rows as Row[];
      const result = await change({ ...caller, db, query }, form);
      await db.query(recordStatement([faultEvent(caller, result)]));
      return result;
    });
}

/** Not in a transaction: rotating takes a connection of its own, and nobody may wait for one who holds another. */
async function rotateKeys(caller: SandboxCaller): Promise<FaultResult> {
  const result = { signs_from: (await rotateNow(caller)).toISOString() };
  await caller.services.outbox.record(faultEvent(caller, result));
  return result;
}

const each = (changes: ReadonlyMap<string, Change>): [string, SetFault][] =>
  [...changes].map(([name, change]) => [name, inTransactionWithEvent(change)]);

/** By the last segment of `POST {sandbox}/{switch}`. */
export const SET: ReadonlyMap<string, SetFault> = new Map([...each(CHANGES), ['rotate-keys', rotateKeys]]);

/** By the last segment of `DELETE {sandbox}/{switch}`. */
export const CLEAR: ReadonlyMap<string, SetFault> = new Map(each(CLEARINGS));
