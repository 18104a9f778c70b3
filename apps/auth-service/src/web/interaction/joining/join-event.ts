/** What the trail says about an attempt to make an account. The person at the browser never reads the reason. */
import { loginEvent } from '../../../domain/accounts/login-event.ts';
import { eventContextOf } from '../../session/event-context.ts';
import type { InteractionContext } from '../interaction-context.ts';

export async function recordJoinRefusal(
  context: InteractionContext,
  { reason, member }: { reason: string; member?: string | undefined },
): Promise<void> {
  const account = member === undefined ? undefined : { self: member };
  const event = loginEvent(eventContextOf(context), { action: 'join', account, reason });
  await context.services.outbox.record(event);
}
