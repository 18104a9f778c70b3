/** What a person does with a dead letter by command, and the event that it leaves. */
import { type AccessEvent, NO_PLAN, parseBatch } from '@patient-access/events';
import type { Pool } from '@patient-access/database';
import { TENANT_ID } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import { type Act, eventOfAct } from '../retention/acts.ts';
import { type KeptLetter, waitingLetters } from './replay.ts';

/** The plan that the batch names. It may be untrue, but it is that plan whose records the letter may hold. */
function planOf({ body }: Pick<KeptLetter, 'body'>): string {
  const { tenant = '' } = parseBatch(body) ?? {};
  return TENANT_ID.test(tenant) ? tenant : NO_PLAN;
}

const eventAbout = (letter: Pick<KeptLetter, 'body'>, act: Omit<Act, 'tenant'>): AccessEvent =>
  eventOfAct({ tenant: planOf(letter), ...act });

/**
 * A record that could not be stored may name a member, so it is recorded who reads it, before it is returned.
 *
 * @returns the dead letter with its batch; undefined when there is none that waits
 */
export async function readLetter(pool: Pool, id: number, by: string): Promise<KeptLetter | undefined> {
  const [letter] = await waitingLetters(pool, id);
  if (!letter) return undefined;
  const request = `audit:dead-letters list --id ${id}`;
  await pool.query(recordStatement([eventAbout(letter, { action: 'dead-letter-read', by, request })]));
  return letter;
}
