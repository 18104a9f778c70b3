import type { KafkaSender } from '@patient-access/kafka-client';
import type { DeadLetter } from './dead-letters.ts';

/** What a message about a dead letter says of its reason, and of a producer that may be none. */
const MAX_SAID_CHARACTERS = 512;

/**
 * Tells a topic of dead letters too, for operators who watch topics. The table is what counts: it has the batches, and what
 * cannot be told holds up nothing.
 */
export async function announce(
  sender: Pick<KafkaSender, 'send'>,
  letters: readonly DeadLetter[],
  report: (problem: string) => void,
): Promise<void> {
  if (letters.length === 0) return;
  const said = (text: string) => text.slice(0, MAX_SAID_CHARACTERS);
  await sender
    .send(
      letters.map(({ id, reason, producer = '' }) => ({
        value: String(id),
        headers: { reason: said(reason), producer: said(producer) },
      })),
    )
    .catch((error: Error) => report(`dead letters could not be announced: ${error.message}`));
}
