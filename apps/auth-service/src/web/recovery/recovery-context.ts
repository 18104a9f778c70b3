import type { FastifyRequest } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { loginEvent } from '../../domain/accounts/login-event.ts';
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
  { account, ...refused }: { action: string; reason: string; account?: Account },
): Promise<void> {
  const event = loginEvent(eventContextOf({ ...context, account }), { account, ...refused });
  await context.services.outbox.record(event);
}
