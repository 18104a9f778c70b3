/** What the trail says about an attempt to make an account. The person at the browser never reads the reason. */
import type { AccessEvent } from '@patient-access/events';
import { newAccessEvent } from '../../../domain/audit/access-event.ts';
import { eventContextOf } from '../../session/event-context.ts';
import type { InteractionContext } from '../interaction-context.ts';

export async function recordJoinRefusal(
  context: InteractionContext,
  { reason, member }: Pick<AccessEvent, 'reason' | 'member'>,
): Promise<void> {
  const happened = { kind: 'login', action: 'join', outcome: '4' } as const;
  const event = newAccessEvent(eventContextOf(context), { ...happened, reason, member, released: [] });
  await context.services.outbox.record(event);
}
