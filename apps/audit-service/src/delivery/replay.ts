import type { Pool } from '@patient-access/database';
import { type EventKeys, parseBatch } from '@patient-access/events';
import type { StartCheck } from '../verify/start-check.ts';
import { HELD } from './dead-letters.ts';
import { storeDelivery } from './deliver.ts';

/** A dead letter as it is stored. */
export interface KeptLetter {
  id: number;
  receivedAt: string;
  reason: string;
  producer: string | null;
  /** the whole batch */
  body: string;
}

const WAITING = `
  SELECT id, received_at AS "receivedAt", reason, producer, body FROM dead_letter
   WHERE replayed_at IS NULL AND ($1::bigint IS NULL OR id = $1) ORDER BY id`;
const REPLAYED = 'UPDATE dead_letter SET replayed_at = now() WHERE id = $1';
const REPLACED = `UPDATE dead_letter SET replayed_at = now()
  WHERE id = $1 AND EXISTS (SELECT FROM dead_letter o WHERE o.id = $2 AND o.id <> $1 AND o.replayed_at IS NULL)`;

/** @param id of one dead letter; undefined: all @returns those that nobody has replayed or closed, the oldest first */
export async function waitingLetters(pool: Pool, id?: number): Promise<KeptLetter[]> {
  const { rows } = await pool.query<KeptLetter & { receivedAt: Date }>(WAITING, [id ?? null]);
  return rows.map((row) => ({ ...row, id: Number(row.id), receivedAt: row.receivedAt.toISOString() }));
}

/** What a dead letter is delivered to. */
interface Means {
  pool: Pool;
  /** by which producers are known */
  keys: EventKeys;
  /** says what may not be appended (ADR 127); undefined: nothing is known outside */
  start: Pick<StartCheck, 'refusal'> | undefined;
}

const UNKNOWN =
  'its plan was held, and without CHECKPOINT_LOG or KAFKA_BROKERS nobody knows whether it still is';

/**
 * Delivers a dead letter once more, to the code and the keys of today. Its signature still has to verify: nobody can vouch
 * for a batch by hand. What still cannot be stored of it, or cannot for another reason, is a letter of its own, which then
 * waits in its place.
 *
 * @returns why it still cannot be stored; undefined when it was stored
 */
export async function replayLetter(
  { pool, keys, start }: Means,
  letter: KeptLetter,
): Promise<string | undefined> {
  const batch = parseBatch(letter.body);
  if (!batch) return 'not a batch';
  if (!start && letter.reason === HELD) return UNKNOWN;
  const refusal = start?.refusal(batch.tenant);
  if (refusal !== undefined) return refusal;
  const [again] = await storeDelivery(pool, keys, [batch]);
  await (again ? pool.query(REPLACED, [letter.id, again.id]) : pool.query(REPLAYED, [letter.id]));
  return again?.reason;
}
