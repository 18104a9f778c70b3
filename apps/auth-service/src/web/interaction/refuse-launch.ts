/** When a launch and whoever logged in do not go together, the authorization ends here, and says nothing of the member. */
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import { fhirUserOf } from '../../domain/accounts/accounts.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { claimInteraction, finishInteraction, type Visit } from './visit.ts';
import { LAUNCH_REFUSED } from '../../provider/launch/launch-parameter.ts';

export const USED_MEANWHILE = { error: 'invalid_request', error_description: LAUNCH_REFUSED };
const OTHER_MEMBER = {
  error: 'access_denied',
  error_description: 'this login cannot be used with this launch',
};

interface Refusal {
  /** for the trail */
  reason: string;
  /** for the app */
  result: typeof USED_MEANWHILE;
}

/** @returns why the authorization cannot go on, or undefined when it can */
export function launchRefusal({ launch, account, member }: Visit): Refusal | undefined {
  if (!launch) return undefined;
  if (launch.used) return { reason: 'launch-used', result: USED_MEANWHILE };
  return account && !member ? { reason: 'launch-of-another-member', result: OTHER_MEMBER } : undefined;
}

/** What became of a launch, as an event beside the one of the request itself. */
export async function recordLaunch(
  visit: Visit,
  happened: { action: string; outcome: '0' | '4'; reason?: string; member?: string; grantId?: string },
): Promise<void> {
  const { services, server, request, client, account } = visit;
  const fhirUser = account && fhirUserOf(account, server.tenant.fhirBase);
  const context = { requestId: request.id, tenant: server.tenant, address: clientAddress(request), client };
  const event = { kind: 'launch', service: 'auth-service/launch', ...happened } as const;
  await services.outbox.record(newAccessEvent({ ...context, sub: account?.sub, fhirUser }, event));
}

export async function refuseLaunch(visit: Visit, { reason, result }: Refusal): Promise<void> {
  await claimInteraction(visit);
  await recordLaunch(visit, { action: 'refuse', outcome: '4', reason });
  await finishInteraction(visit, result);
}
