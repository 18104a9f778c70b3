/** Ends an authorization whose launch does not fit the login. The app learns nothing about the member. */
import type { AccessEvent } from '@patient-access/events';
import { newAccessEvent, SEEN_BY_NO_APP } from '../../domain/audit/access-event.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { InteractionContext } from './interaction-context.ts';
import { claimInteraction, finishInteraction } from './interaction-result.ts';
import { LAUNCH_REFUSED } from '../../provider/authorization/launch-parameter.ts';

export const LAUNCH_ALREADY_USED = { error: 'invalid_request', error_description: LAUNCH_REFUSED };
const OTHER_MEMBER = {
  error: 'access_denied',
  error_description: 'this login cannot be used with this launch',
};

interface LaunchRefusal {
  /** for the audit trail */
  reason: string;
  /** for the app */
  result: typeof LAUNCH_ALREADY_USED;
}

/** @returns the reason why the authorization cannot continue, or undefined when it can */
export function launchRefusal({ launch, account, member }: InteractionContext): LaunchRefusal | undefined {
  if (!launch) return undefined;
  if (launch.used) return { reason: 'launch-used', result: LAUNCH_ALREADY_USED };
  return account && !member ? { reason: 'launch-of-another-member', result: OTHER_MEMBER } : undefined;
}

/** The outcome of a launch. The authorization request has an event of its own. */
export function launchEvent(
  context: InteractionContext,
  happened: { action: string; outcome: '0' | '4'; reason?: string; member?: string; grantId?: string },
): AccessEvent {
  const event = { kind: 'launch', service: 'auth-service/launch', ...SEEN_BY_NO_APP, ...happened } as const;
  return newAccessEvent(eventContextOf(context), event);
}

export async function refuseLaunch(
  context: InteractionContext,
  { reason, result }: LaunchRefusal,
): Promise<void> {
  await claimInteraction(context);
  await context.services.outbox.record(launchEvent(context, { action: 'refuse', outcome: '4', reason }));
  await finishInteraction(context, result);
}
