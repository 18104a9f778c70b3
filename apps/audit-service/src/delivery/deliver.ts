import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import {
  type AccessEvent,
  batchText,
  type EventBatch,
  type EventKeys,
  openBatch,
  type OpenedBatch,
  type OpenedRecord,
} from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import { isUnstorable, storeBatch, storeBatches } from '../store-events.ts';
import { type Arrived, callsOf } from './calls.ts';
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts';
import { recordSequences } from './producer-sequences.ts';

/** Calls that are stored at the same time. */
const AT_A_TIME = 4;

/**
 * A batch that a producer signed came under the key of another tenant or lane: a broker that mixes up, or somebody who
 * may write to the topic and hopes that what a key says is believed (security case T06). It belongs into the trail of the
 * tenant that was signed, which is all that is known for certain; whose key it was is no news for that tenant.
 */
const alarmAbout = ({ tenant, producer, records }: EventBatch): AccessEvent => ({
  requestId: randomUUID(),
  service: 'audit-service',
  tenant,
  recorded: new Date().toISOString(),
  kind: 'trail',
  action: 'misdirected',
  outcome: '8',
  reason: 'other-key',
  request: `message ${records[0]?.sequence} of ${producer}`,
});

/** Keeps what is none. What the trail says of it goes the way of all events, from this service's own outbox. */
async function keepRejected(pool: Pool, letter: DeadLetter, misdirected?: EventBatch): Promise<void> {
  await inTransaction(pool, async (client) => {
    const kept = await keepDeadLetters(client, [letter]);
    if (misdirected && kept.length > 0) await client.query(recordStatement([alarmAbout(misdirected)]));
  });
}

/** @param records those of the opened ones that are stored now */
async function commit(
  pool: Pool,
  batch: EventBatch,
  { hashes, invalid }: Pick<OpenedBatch, 'hashes' | 'invalid'>,
  records: readonly OpenedRecord[],
): Promise<DeadLetter[]> {
  if (invalid.length === 0) {
    await storeBatch(pool, { batch, hashes, records });
    return [];
  }
  const text = batchText(batch);
  const { producer } = batch;
  const letters = invalid.map(({ record, invalid: why }) => ({
    reason: `${record.sequence}: ${why}`,
    batch: text,
    producer,
  }));
  await inTransaction(pool, async (client) => {
    await keepDeadLetters(client, letters);
    await storeBatch(client, { batch, hashes, records });
    await recordSequences(
      client,
      producer,
      invalid.map(({ record }) => record.sequence),
    );
  });
  return letters;
}

/** One record that no table can hold must not keep back those that came with it. */
async function commitOneByOne(pool: Pool, batch: EventBatch, opened: OpenedBatch): Promise<DeadLetter[]> {
  const { hashes, records } = opened;
  const letters = await commit(pool, batch, { hashes, invalid: opened.invalid }, []);
  for (const record of records)
    try {
      await commit(pool, batch, { hashes, invalid: [] }, [record]);
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      const invalid = [{ record, invalid: (error as Error).message }];
      letters.push(...(await commit(pool, batch, { hashes, invalid }, [])));
    }
  return letters;
}

async function storeAlone(pool: Pool, { batch, opened }: Arrived): Promise<DeadLetter[]> {
  try {
    return await commit(pool, batch, opened, opened.records);
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    return commitOneByOne(pool, batch, opened);
  }
}

async function storeTogether(pool: Pool, arrived: readonly Arrived[]): Promise<DeadLetter[]> {
  const [first] = arrived;
  if (first && arrived.length === 1) return storeAlone(pool, first);
  try {
    await storeBatches(
      pool,
      arrived.map(({ batch, opened: { hashes, records } }) => ({ batch, hashes, records })),
    );
    return [];
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    const letters: DeadLetter[] = [];
    for (const each of arrived) letters.push(...(await storeAlone(pool, each)));
    return letters;
  }
}

/**
 * Stores batches, those of one tenant and producer in few transactions. Those of different ones, and many of one, are
 * stored at the same time. When this rejects, some may not be stored, and the sender delivers all of them again.
 *
 * @returns what became dead letters
 */
export async function storeOpened(pool: Pool, arrived: readonly Arrived[]): Promise<DeadLetter[]> {
  const waiting = callsOf(arrived).values();
  const letters: DeadLetter[] = [];
  const storeNext = async () => {
    for (const call of waiting) letters.push(...(await storeTogether(pool, call)));
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, storeNext));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return letters;
}

/**
 * Stores what a producer sent: its events, each (producer, number) once however often it comes; what is no event, where a
 * person can see it; and which of the producer's numbers have arrived. When this rejects, some of it may not be stored, and
 * the sender delivers all of it again.
 *
 * @returns the messages that became dead letters
 */
export async function storeDelivery(
  pool: Pool,
  keys: EventKeys,
  batches: readonly EventBatch[],
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const arrived: Arrived[] = [];
  for (const batch of batches) {
    const opened = openBatch(keys, batch, Date.now());
    if ('rejected' in opened) {
      const { rejected: reason, misdirected } = opened;
      const letter: DeadLetter = { reason, batch: batchText(batch), producer: batch.producer };
      await keepRejected(pool, letter, misdirected ? batch : undefined);
      letters.push(letter);
    } else arrived.push({ batch, opened });
  }
  return [...letters, ...(await storeOpened(pool, arrived))];
}

/** Keeps what cannot even be read as a batch. @returns the dead letter */
export async function keepUnreadable(pool: Pool, text: string): Promise<DeadLetter> {
  const letter = { reason: 'not a batch', batch: text };
  await keepRejected(pool, letter);
  return letter;
}
