/** Sets and clears faults, and records the access event before the app gets its response. */
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import { queryOn } from '../../domain/database.ts';
import { type DatabaseFault, DATABASE_FAULTS, CLEARABLE_FAULTS } from './faults.ts';
import { rotateSandboxKeys } from './rotate-keys.ts';
import { faultEvent, type SandboxCaller, type FaultResponse } from './sandbox-caller.ts';

/** @throws SandboxError when the form is invalid, or when the fault was set a moment ago */
type FaultHandler = (caller: SandboxCaller, form: unknown) => Promise<FaultResponse>;

/** Sets the fault and stores its event in one transaction. */
function inTransactionWithEvent(fault: DatabaseFault): FaultHandler {
  return (caller, form) =>
    inTransaction(caller.services.pool, async (db) => {
      const response = await fault({ ...caller, db, query: queryOn(db) }, form);
      await db.query(recordStatement([faultEvent(caller, response)]));
      return response;
    });
}

/**
 * This does not run in a transaction. The rotation takes a connection of its own, and no request may wait for a
 * second connection.
 */
async function rotateKeys(caller: SandboxCaller): Promise<FaultResponse> {
  const response = { signs_from: (await rotateSandboxKeys(caller)).toISOString() };
  await caller.services.outbox.record(faultEvent(caller, response));
  return response;
}

const handlersOf = (faults: ReadonlyMap<string, DatabaseFault>): [string, FaultHandler][] =>
  [...faults].map(([name, fault]) => [name, inTransactionWithEvent(fault)]);

/** Faults by the last segment of `POST {sandbox}/{fault}`. */
export const SETTERS: ReadonlyMap<string, FaultHandler> = new Map([
  ...handlersOf(DATABASE_FAULTS),
  ['rotate-keys', rotateKeys],
]);

/** Faults by the last segment of `DELETE {sandbox}/{fault}`. */
export const CLEARERS: ReadonlyMap<string, FaultHandler> = new Map(handlersOf(CLEARABLE_FAULTS));
