/** The app that sets a fault, and the access event about it. */
import { attemptOf } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { AccessToken } from 'oidc-provider';
import { type EventContext, newAccessEvent } from '../../domain/audit/access-event.ts';
import { callerOfToken } from '../../provider/audit/known-callers.ts';
import { ofAccessToken } from '../../provider/audit/of-access-token.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { findTokenHolder } from '../../provider/tokens/bearer-token.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { Tenants } from '../../provider/tenants.ts';
import { invalidSandboxToken, noSuchFault } from './sandbox-error.ts';
import type { SandboxFaults } from '../../domain/sandbox/sandbox-faults.ts';

export type SandboxRequest = FastifyRequest<{ Params: { tenant: string; fault: string } }>;

export interface SandboxCaller {
  services: SharedServices;
  sandbox: SandboxFaults;
  tenant: Tenant;
  /** of the app; the fault applies to the grant of this token only */
  token: AccessToken & { grantId: string };
  context: EventContext;
  /** of the access event */
  action: string;
}

/** The body of the response. `scope` is the scope of the token from now on. */
export type FaultResponse = Record<string, unknown> & { scope?: string };

/**
 * @throws SandboxError 404 where there is no sandbox, as for any path that does not exist; 401 without a live access token of a member's app
 */
export async function authenticateSandboxCaller(
  services: SharedServices,
  tenants: Tenants,
  request: SandboxRequest,
  action: string,
): Promise<SandboxCaller> {
  const server = await tenants.get(request.params.tenant);
  const sandbox = server?.stores.sandbox;
  if (!server || !sandbox) throw noSuchFault();
  const { tenant, provider } = server;
  const { authorization } = request.headers;
  const holder = await findTokenHolder(provider, authorization);
  const token = holder?.token as SandboxCaller['token'] | undefined;
  if (!holder || token?.grantId === undefined) throw invalidSandboxToken(authorization);
  attemptOf(request).known = { tenant: tenant.id, caller: callerOfToken(tenant, holder) };
  const context: EventContext = {
    requestId: request.id,
    tenant,
    address: clientAddress(request),
    client: holder.client,
    sub: token.accountId,
    fhirUser: token.extra?.['fhirUser'] as string | undefined,
  };
  return { services, sandbox, tenant, token, context, action };
}

export function faultEvent({ context, token, action }: SandboxCaller, { scope }: FaultResponse) {
  return newAccessEvent(context, {
    kind: 'administration',
    action,
    outcome: '0',
    by: 'app',
    service: 'auth-service/sandbox',
    ...ofAccessToken(token),
    ...(scope !== undefined && { scope }),
  });
}
