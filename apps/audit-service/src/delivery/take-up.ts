/** Stores what came over Kafka while its plan was held (ADR 145). */
import type { Pool } from '@patient-access/database';
import { type EventKeys, parseBatch } from '@patient-access/events';
import type { Logger } from '@patient-access/platform';
import type { StartCheck } from '../verify/start-check.ts';
import { type DeadLetter, HELD } from './dead-letters.ts';
import { storeDelivery } from './deliver.ts';

interface Means {
  /** of the role that appends */
  pool: Pool;
  /** by which producers are known */
  keys: EventKeys;
  /** when it is aborted, the rest goes on waiting */
  stopping?: AbortSignal;
}

/** A batch has up to 900,000 bytes. */
const AT_ONCE = 20;

const NEXT = `SELECT id, body FROM dead_letter WHERE replayed_at IS NULL AND reason = $1 AND id > $2
               ORDER BY id LIMIT ${AT_ONCE}`;
const STORED = 'UPDATE dead_letter SET replayed_at = now() WHERE id = ANY ($1::bigint[])';

/**
 * Delivers letters of plans that were held, in the order in which they came. Most are stored by then, because their producers sent
 * them again. Others are in no outbox any more: they came once more after a restore.
 *
 * @param isOpen whether a tenant's trail takes events now
 * @returns what became a dead letter for another reason
 */
export async function takeUp(
  { pool, keys, stopping }: Means,
  isOpen: (tenant: string) => boolean,
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (let after = '0'; !stopping?.aborted;) {
    const { rows } = await pool.query<{ id: string; body: string }>(NEXT, [HELD, after]);
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
    const open = rows.flatMap(({ id, body }) => {
      const batch = parseBatch(body);
      return batch && isOpen(batch.tenant) ? [{ id, batch }] : [];
    });
    if (open.length === 0) continue;
    const batches = open.map(({ batch }) => batch);
    letters.push(...(await storeDelivery(pool, keys, batches)));
    await pool.query(STORED, [open.map(({ id }) => id)]);
  }
  return letters;
}

/** As a text that equals another one if they are the same plans. */
const nameAll = (plans: readonly string[]): string => plans.toSorted().join(' ');

/**
 * @returns {@link takeUp}, once after the first comparison, and after each one by which other plans are held than before. Without a
 *   comparison nothing is known anew: a replica that started before the trail was cut must not append what another one holds.
 *   While the same plans are held, their letters are not read again each minute. Of plans that went on it looks once more at the
 *   next call, ten seconds later (maintenance.ts): a message that was under way then may have been kept a moment later.
 */
export function takingUp({
  start,
  logger,
  ...means
}: Means & { start: StartCheck; logger: Logger }): () => Promise<void> {
  let done: readonly string[] | undefined;
  let released: readonly string[] = [];
  return async () => {
    const { held, isKnown } = start;
    const isNew = done === undefined || nameAll(held) !== nameAll(done);
    if (!isKnown || (!isNew && released.length === 0)) return;
    const isMeant = (tenant: string) => isNew || released.includes(tenant);
    const letters = await takeUp(means, (tenant) => isMeant(tenant) && start.refusal(tenant) === undefined);
    for (const { id, reason, producer } of letters) logger.error({ id, reason, producer }, 'dead letter');
    released = isNew ? (done ?? []).filter((tenant) => !held.includes(tenant)) : [];
    done = held;
  };
}
