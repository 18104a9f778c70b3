import { inTransaction, type Pool } from '@patient-access/database';
import { type AccessEvent, openMessage, type SignedMessage } from '@patient-access/events';
import { isUnstorable, storeEvents } from '../store-events.ts';
import { recordArrivals } from './arrivals.ts';
import { type DeadLetter, keepDeadLetters } from './dead-letters.ts';

interface Opened {
  events: AccessEvent[];
  letters: DeadLetter[];
  /** of a producer, whatever they hold: they need not be sent again */
  arrived: SignedMessage[];
}

function open(secret: string, messages: readonly SignedMessage[]): Opened {
  const opened: Opened = { events: [], letters: [], arrived: [] };
  for (const message of messages) {
    const read = openMessage(secret, message);
    if ('event' in read) opened.events.push(read.event);
    else opened.letters.push({ reason: read.invalid, message });
    if ('event' in read || read.authentic) opened.arrived.push(message);
  }
  return opened;
}

function commit(pool: Pool, { events, letters, arrived }: Opened): Promise<void> {
  return inTransaction(pool, async (client) => {
    await storeEvents(client, events);
    await keepDeadLetters(client, letters);
    await recordArrivals(client, arrived);
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
      opened.letters.push({ reason: (error as Error).message, message });
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
