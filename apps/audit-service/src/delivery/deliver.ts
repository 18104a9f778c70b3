import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { type AccessEvent, openMessage, type SignedMessage } from '@patient-access/events';
import { isUnstorable, storeEvents } from '../store-events.ts';
import { recordSequences } from './producer-sequences.ts';
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts';

interface Opened {
  events: AccessEvent[];
  letters: DeadLetter[];
  /** of a producer, whatever they hold: they need not be sent again */
  arrived: SignedMessage[];
}

/**
 * A message that a producer signed came under the key of another tenant or member: a broker that mixes up, or somebody
 * who may write to the topic and hopes that what a key says is believed (security case T06). It belongs into the trail
 * of the tenant that was signed, which is all that is known for certain; whose key it was is no news for that tenant.
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

/** One event that no table can hold must not keep back those that came with it. */
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
      // Nor can what the trail would say of it be held.
      opened.letters = [{ reason: (error as Error).message, message }];
      await commit(pool, { ...opened, events: [] });
    }
    letters.push(...opened.letters);
  }
  return letters;
}

/**
 * Stores what was delivered together, in one transaction: the events, each (tenant, request id, service) once however
 * often it comes; what is no event, where a person can see it; and which of the producers' numbers have arrived. When
 * this rejects nothing has, and the sender delivers all of it again.
 *
 * @returns what became a dead letter
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
