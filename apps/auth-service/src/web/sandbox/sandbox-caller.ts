/** Who throws a switch, and the event of it. */
import { NotFoundException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AccessToken } from 'oidc-provider';
import { type EventContext, newAccessEvent } from '../../domain/audit/access-event.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { findBearer } from '../../provider/tokens/bearer-token.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { Tenants } from '../../provider/tenants.ts';
import { accessTokenRequired } from './refusal.ts';
import type { SandboxFaults } from '../../domain/sandbox/sandbox-faults.ts';

export type SandboxRequest = FastifyRequest<{ Params: { tenant: string; switch: string } }>;

export interface SandboxCaller {
  services: SharedServices;
  sandbox: SandboxFaults;
  tenant: Tenant;
  /** of the app; to the grant of it, and nobody else, happens what it asks for */
  token: AccessToken & { grantId: string };
  eventContext: EventContext;
  /** for the trail */
  action: string;
}

/** What the app is result; `scope`: what its token has from now on. */
export type FaultResult = Record<string, unknown> & { scope?: string };

/**
 * @throws NotFoundException where there is no sandbox: the answer for any path that does not exist; SandboxRefusal 401
 *   without the live access token of a member's app
 */
export async function findSandboxCaller(
  services: SharedServices,
  tenants: Tenants,
  request: SandboxRequest,
  action: string,
): Promise<SandboxCaller> {
  const server = await tenants.get(request.params.tenant);
  const sandbox = server?.stores.sandbox;
  if (!server || !sandbox) throw new NotFoundException();
  const { tenant, provider } = server;
  const bearer = await findBearer(provider, request.headers.authorization);
  const token = bearer?.token as SandboxCaller['token'] | undefined;
  if (!bearer || token?.grantId === undefined) throw accessTokenRequired();
  const fhirUser = token.extra?.['fhirUser'] as string | undefined;
  const who = { client: bearer.client, sub: token.accountId, fhirUser };
  const eventContext = { requestId: request.id, tenant, address: clientAddress(request), ...who };
  return { services, sandbox, tenant, token, eventContext, action };
}

export function faultEvent({ eventContext, token, action }: SandboxCaller, result: FaultResult) {
  return newAccessEvent(eventContext, {
    ...{ kind: 'administration', action, outcome: '0', by: 'app', service: 'auth-service/sandbox' },
    ...{ grantId: token.grantId, token: token.jti, scope: result.scope ?? token.scope },
    member: token.extra?.['patient'] as string | undefined,
  });
}
