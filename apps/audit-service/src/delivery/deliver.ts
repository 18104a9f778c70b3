import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { type AccessEvent, openMessage, type SignedMessage } from '@patient-access/events';
import { isUnstorable, storeEvents } from '../store-events.ts';
import { recordSequences } from './producer-sequences.ts';
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts';

interface Opened {
  events: AccessEvent[];
  letters: DeadLetter[];
  /** authentic messages, with or without a valid event: the producer need not send them again */
  arrived: SignedMessage[];
}

/**
 * The security event about a misdirected message: a producer signed it, and it came under the key of another tenant or
 * member (security case T06). Either the broker mixed up keys, or somebody who may write to the topic hopes that the
 * key is believed. The event goes into the trail of the signed tenant, because only that is certain. It does not say
 * whose key was used, because that tenant must not learn about another one.
 */
const alarmAbout = ({ tenant }: AccessEvent, { producer, sequence }: SignedMessage): AccessEvent => ({
  requestId: randomUUID(),
  service: 'audit-service',
  tenant,
  recorded: new Date().toISOString(),
  kind: 'trail',
  action: 'misdirected',
  outcome: '8',
  reason: 'other-key',
  request: `message ${sequence} of ${producer}`,
});

function open(secret: string, messages: readonly SignedMessage[]): Opened {
  const opened: Opened = { events: [], letters: [], arrived: [] };
  for (const message of messages) {
    const read = openMessage(secret, message);
    if ('event' in read) opened.events.push(read.event);
    else {
      const { invalid: reason, misdirected } = read;
      opened.letters.push({
        reason,
        message,
        ...(misdirected && { alarm: alarmAbout(misdirected, message) }),
      });
    }
    if ('event' in read || read.authentic) opened.arrived.push(message);
  }
  return opened;
}

function commit(pool: Pool, { events, letters, arrived }: Opened): Promise<void> {
  return inTransaction(pool, async (client) => {
    const kept = await keepDeadLetters(client, letters);
    await storeEvents(client, [...events, ...kept.flatMap(({ alarm }) => alarm ?? [])]);
    await recordSequences(client, arrived);
  });
}

/**
 * Stores messages one by one, so that an event which no table can hold does not block the other events of its batch.
 */
async function commitOneByOne(
  pool: Pool,
  secret: string,
  messages: readonly SignedMessage[],
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (const message of messages) {
    const opened = open(secret, [message]);
    try {
      await commit(pool, opened);
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      // The table cannot hold the security event about this message either, so it is left out.
      opened.letters = [{ reason: (error as Error).message, message }];
      await commit(pool, { ...opened, events: [] });
    }
    letters.push(...opened.letters);
  }
  return letters;
}

/**
 * Stores one delivery in one transaction: the events, the dead letters, and the sequence numbers that have arrived.
 * Each (tenant, request id, service) is stored once, however often it arrives. When this rejects, nothing was stored,
 * and the sender delivers everything again.
 *
 * @returns the messages that became dead letters
 */
export async function storeDelivery(
  pool: Pool,
  secret: string,
  messages: readonly SignedMessage[],
  unreadable: readonly DeadLetter[] = [],
): Promise<DeadLetter[]> {
  if (messages.length + unreadable.length === 0) return [];
  const opened = open(secret, messages);
  opened.letters.push(...unreadable);
  try {
    await commit(pool, opened);
    return opened.letters;
  } catch (error) {
    if (!isUnstorable(error)) throw error;
    await commit(pool, { events: [], letters: [...unreadable], arrived: [] });
    return [...unreadable, ...(await commitOneByOne(pool, secret, messages))];
  }
}
