import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import {
  type AccessEvent,
  batchText,
  type EventBatch,
  type EventKeys,
  openBatch,
  type OpenedBatch,
} from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import { isUnstorable, storeBatch, storeBatches } from '../store-events.ts';
import { type Arrived, callsOf } from './calls.ts';
import { type DeadLetter, keepDeadLetter, keepHeld, type NewLetter } from './dead-letters.ts';
import { recordSequences } from './producer-sequences.ts';

/** Calls that are stored at the same time. */
const AT_A_TIME = 4;

/**
 * The event about a batch that came under the key of another tenant or lane. Either a broker mixes messages up, or somebody who
 * may write to the topic hopes that the key is believed (security case T06). The event goes into the trail of the tenant that
 * was signed, because nothing else is certain. It does not say whose key it was: that concerns another tenant.
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

/** Keeps a dead letter, with the event about it where it was misdirected: that one goes through this service's own outbox. */
async function keepRejected(pool: Pool, letter: NewLetter, misdirected?: EventBatch): Promise<DeadLetter> {
  return inTransaction(pool, async (client) => {
    const kept = await keepDeadLetter(client, letter);
    if (misdirected && kept.isNew) await client.query(recordStatement([alarmAbout(misdirected)]));
    return kept;
  });
}

/** Records that the reason of a dead letter names, and how much it says of each. */
const NAMED = 5;
const MAX_WHY_CHARACTERS = 400;

/** @returns why a batch is a dead letter: the first numbers, and how many there are */
function reasonOf(invalid: OpenedBatch['invalid']): string {
  const named = invalid
    .slice(0, NAMED)
    .map(({ record, invalid: why }) => `${record.sequence}: ${why.slice(0, MAX_WHY_CHARACTERS)}`);
  const more = invalid.length > NAMED ? [`and more, ${invalid.length} records in all`] : [];
  return [...named, ...more].join('; ');
}

/** What a batch has beside its events, and the events that are stored now. */
type Part = Pick<OpenedBatch, 'hashes' | 'records' | 'invalid'>;

/** Stores a batch. If some of its records are no events, one dead letter keeps the whole batch. */
async function commit(
  pool: Pool,
  batch: EventBatch,
  { hashes, records, invalid }: Part,
): Promise<DeadLetter[]> {
  if (invalid.length === 0) {
    await storeBatch(pool, { batch, hashes, records });
    return [];
  }
  const { producer } = batch;
  const letter = { reason: reasonOf(invalid), batch: batchText(batch), producer };
  return inTransaction(pool, async (client) => {
    const kept = await keepDeadLetter(client, letter);
    await storeBatch(client, { batch, hashes, records });
    await recordSequences(
      client,
      producer,
      invalid.map(({ record }) => record.sequence),
    );
    return [kept];
  });
}

/** One record that no table can hold must not keep back those that came with it. */
async function commitOneByOne(pool: Pool, batch: EventBatch, opened: OpenedBatch): Promise<DeadLetter[]> {
  const { hashes } = opened;
  const invalid = [...opened.invalid];
  for (const record of opened.records)
    try {
      await commit(pool, batch, { hashes, records: [record], invalid: [] });
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      invalid.push({ record, invalid: (error as Error).message });
    }
  invalid.sort((one, other) => one.record.sequence - other.record.sequence);
  return commit(pool, batch, { hashes, records: [], invalid });
}

async function storeAlone(pool: Pool, { batch, opened }: Arrived): Promise<DeadLetter[]> {
  try {
    return await commit(pool, batch, opened);
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
 * @param isHeld to the trail of these tenants nothing is appended now: their batches wait, and have not arrived
 * @returns the messages that became dead letters, each once
 */
export async function storeDelivery(
  pool: Pool,
  keys: EventKeys,
  batches: readonly EventBatch[],
  isHeld: (tenant: string) => boolean = () => false,
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const arrived: Arrived[] = [];
  const held: EventBatch[] = [];
  for (const batch of batches) {
    const opened = openBatch(keys, batch, Date.now());
    if ('rejected' in opened) {
      const { rejected: reason, misdirected } = opened;
      const letter = { reason, batch: batchText(batch), producer: batch.producer };
      letters.push(await keepRejected(pool, letter, misdirected ? batch : undefined));
    } else if (isHeld(batch.tenant)) held.push(batch);
    else arrived.push({ batch, opened });
  }
  await keepHeld(pool, held);
  return [...letters, ...(await storeOpened(pool, arrived))];
}

/** Keeps what cannot even be read as a batch. @returns the dead letter */
export const keepUnreadable = (pool: Pool, text: string): Promise<DeadLetter> =>
  keepRejected(pool, { reason: 'not a batch', batch: text });
