import type { AccessEvent } from '@patient-access/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Account, fhirUserOf, ownMember } from '../../domain/accounts/accounts.ts';
import { type EventContext, newAccessEvent } from '../../domain/audit/access-event.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import type { PageFrame } from '../pages/layout.ts';

/** `token` is in the link of a mail, and in no other request. */
export type RecoveryRequest = FastifyRequest<{ Params: { tenant: string; token?: string }; Body: unknown }>;

/** What a page for a forgotten password works with. Nobody is logged in. */
export interface RecoveryContext {
  services: SharedServices;
  server: TenantServer;
  request: RecoveryRequest;
  reply: FastifyReply;
  frame: PageFrame & { tenant: string };
}

export function recoveryEventContext({ server, request }: RecoveryContext, account?: Account): EventContext {
  const { tenant } = server;
  const whose = account && { sub: account.sub, fhirUser: fhirUserOf(account, tenant.fhirBase) };
  return { requestId: request.id, tenant, address: clientAddress(request), ...whose };
}

export async function recordRefusedReset(
  context: RecoveryContext,
  { account, ...happened }: Pick<AccessEvent, 'action' | 'reason'> & { account?: Account },
): Promise<void> {
  const member = account && ownMember(account)?.patient;
  const event = newAccessEvent(recoveryEventContext(context, account), {
    kind: 'login',
    outcome: '4',
    member,
    ...happened,
  });
  await context.services.outbox.record(event);
}
