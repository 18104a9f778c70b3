import type { AccessEvent } from '@patient-access/events';
import type { FastifyRequest } from 'fastify';
import { type Account, ownMember } from '../../domain/accounts/accounts.ts';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import type { PageContext } from '../pages/page-context.ts';
import type { PageFrame } from '../pages/layout.ts';
import { eventContextOf } from '../session/event-context.ts';

/** `token` is in the link of a mail, and in no other request. */
export type RecoveryRequest = FastifyRequest<{ Params: { tenant: string; token?: string }; Body: unknown }>;

/** What a page for a forgotten password works with. Nobody is logged in. */
export interface RecoveryContext extends PageContext {
  request: RecoveryRequest;
  frame: PageFrame & { tenant: string };
}

export async function recordRefusedReset(
  context: RecoveryContext,
  { account, ...happened }: Pick<AccessEvent, 'action' | 'reason'> & { account?: Account },
): Promise<void> {
  const member = account && ownMember(account)?.patient;
  const event = newAccessEvent(eventContextOf({ ...context, account }), {
    kind: 'login',
    outcome: '4',
    member,
    ...happened,
  });
  await context.services.outbox.record(event);
}
