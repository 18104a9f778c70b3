import { fhirUserOf } from '../../domain/accounts/accounts.ts';
import type { EventContext } from '../../domain/audit/access-event.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { SessionContext } from './session-context.ts';

/** What all events of a member's own page have in common. */
export function eventContextOf({ server, account, request }: SessionContext): EventContext {
  const { tenant } = server;
  return {
    requestId: request.id,
    tenant,
    address: clientAddress(request),
    sub: account.sub,
    fhirUser: fhirUserOf(account, tenant.fhirBase),
  };
}
