/** What a person does with a dead letter by command, and the event that it leaves. */
import { type AccessEvent, MAX_TEXT_CHARACTERS, NO_PLAN, parseBatch } from '@patient-access/events';
import { inTransaction, type Pool } from '@patient-access/database';
import { TENANT_ID } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import { type Act, eventOfAct } from '../retention/acts.ts';
import { type KeptLetter, waitingLetters } from './replay.ts';

interface ClosedRow {
  body: string;
  producer: string | null;
  received_at: Date;
}

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

/** The row has one column for the end of its waiting. Which of the two ends it was says the event. */
const CLOSE = `UPDATE dead_letter SET replayed_at = now() WHERE id = $1 AND replayed_at IS NULL
               RETURNING body, producer, received_at`;

/**
 * Ends the waiting of a dead letter that no release and no key will ever store. Files of the console no longer say that it
 * may be missing, so the trail says who decided this and why. The letter itself is kept.
 *
 * @throws Error when no such letter waits, or the reason is longer than a record may say
 */
export async function closeLetter(
  pool: Pool,
  { id, reason, by }: { id: number; reason: string; by: string },
): Promise<void> {
  if (reason.length > MAX_TEXT_CHARACTERS)
    throw new Error(`the reason is longer than ${MAX_TEXT_CHARACTERS} characters`);
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<ClosedRow>(CLOSE, [id]);
    const [letter] = rows;
    if (!letter) throw new Error(`no dead letter ${id} waits`);
    const producer = letter.producer?.slice(0, MAX_TEXT_CHARACTERS) ?? 'an unknown producer';
    const from = `from ${producer}, received ${letter.received_at.toISOString()}`;
    const request = `audit:dead-letters close --id ${id} (${from}): ${reason}`;
    await client.query(recordStatement([eventAbout(letter, { action: 'dead-letter-close', by, request })]));
  });
}
