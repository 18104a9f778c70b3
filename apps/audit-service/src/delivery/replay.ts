import type { Pool } from '@patient-access/database';
import { parseMessageLine, type SignedMessage } from '@patient-access/events';
import { storeDelivery } from './deliver.ts';

/** A dead letter as it is stored. */
export interface KeptLetter {
  id: number;
  receivedAt: string;
  reason: string;
  producer: string | null;
  sequence: number | null;
  mac: string | null;
  body: string;
}

const WAITING = `
  SELECT id, received_at AS "receivedAt", reason, producer, sequence, mac, body FROM dead_letter
   WHERE replayed_at IS NULL AND ($1::bigint IS NULL OR id = $1) ORDER BY id`;
const REPLAYED = 'UPDATE dead_letter SET replayed_at = now() WHERE id = $1';

/** @param id of one dead letter; undefined: all @returns those that nobody has replayed, the oldest first */
export async function waitingLetters(pool: Pool, id?: number): Promise<KeptLetter[]> {
  const { rows } = await pool.query<KeptLetter & { receivedAt: Date }>(WAITING, [id ?? null]);
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    sequence: row.sequence === null ? null : Number(row.sequence),
    receivedAt: row.receivedAt.toISOString(),
  }));
}

function messageOf({ producer, sequence, mac, body }: KeptLetter): SignedMessage | undefined {
  if (producer === null || sequence === null || mac === null) return parseMessageLine(body);
  return { producer, sequence, mac, body };
}

/**
 * Delivers a dead letter again, with the current code and the current secret. Its MAC still has to verify, so nobody
 * can bring in a forged message in this way.
 *
 * @returns why it still cannot be stored; undefined when it was stored
 */
export async function replayLetter(
  pool: Pool,
  secret: string,
  letter: KeptLetter,
): Promise<string | undefined> {
  const message = messageOf(letter);
  if (!message) return 'not a message';
  const [again] = await storeDelivery(pool, secret, [message]);
  if (again) return again.reason;
  await pool.query(REPLAYED, [letter.id]);
  return undefined;
}
