import type { FastifyRequest } from 'fastify';
import { type Account, fhirUserOf } from '../../domain/accounts/accounts.ts';
import type { EventContext } from '../../domain/audit/access-event.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { TenantServer } from '../../provider/tenants.ts';

/** What a page knows of its request. */
interface Known {
  server: Pick<TenantServer, 'tenant'>;
  request: FastifyRequest;
  /** the app for which the page is shown */
  client?: EventContext['client'];
  /** whose login it is; undefined: nobody's, or nobody knows */
  account?: Account | undefined;
}

/** What all events of a request for a page have in common. */
export function eventContextOf({
  server: { tenant },
  request,
  client,
  account,
}: Known): EventContext & { tenant: Tenant; address: string } {
  return {
    requestId: request.id,
    tenant,
    address: clientAddress(request),
    ...(client && { client }),
    ...(account && { sub: account.sub, fhirUser: fhirUserOf(account, tenant.fhirBase) }),
  };
}
