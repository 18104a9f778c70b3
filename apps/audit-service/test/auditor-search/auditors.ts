/** Auditors and backend services of the plan, with the credentials that the gateway sends. */
import type { AccessEvent } from '@patient-access/events';
import { type Answer, ask } from '@patient-access/testing';
import { accessEvent, type World } from '../world.ts';

type Asker = (path: string) => Promise<Answer>;

/** An event about no member: refusals by the gateway itself during one minute. */
export const ofNobody = (change: Partial<AccessEvent> = {}): AccessEvent =>
  accessEvent({
    member: undefined,
    user: undefined,
    kind: 'denied-attempts',
    action: 'deny',
    outcome: '4',
    count: 7,
    resource: undefined,
    request: undefined,
    type: undefined,
    counts: undefined,
    bodyHash: undefined,
    token: undefined,
    grantId: undefined,
    scope: undefined,
    ...change,
  });

/** The introspection JWT that the gateway receives for an auditor's session. */
export async function auditorCredential(world: World, tenant = 'northwind'): Promise<string> {
  const claims = world.issuer.claims(tenant, undefined, {
    client_id: 'audit-console',
    client_name: 'Audit console',
    grant_id: 'audit-console',
    sub: 'auditor-1',
    username: 'audrey.auditor',
    role: 'auditor',
    scope: 'user/AuditEvent.rs',
    fhirUser: undefined,
  });
  return `Bearer ${await world.issuer.sign(claims)}`;
}

/** Asks as an auditor at the console. */
export async function asAuditor(world: World, tenant = 'northwind', prefix = ''): Promise<Asker> {
  const authorization = await auditorCredential(world, tenant);
  return (path) => ask(world.url, `${prefix}/${tenant}/${path}`, { headers: { authorization } });
}

/** Asks as a backend service that the plan has authorized in advance. */
export async function asBackend(
  world: World,
  tenant = 'northwind',
  scope = 'system/AuditEvent.rs',
  prefix = '',
): Promise<Asker> {
  const own = { client_id: 'siem', client_name: 'SIEM', sub: 'siem', grant_id: 'siem', fhirUser: undefined };
  const authorization = `Bearer ${await world.issuer.sign(world.issuer.claims(tenant, undefined, { ...own, scope }))}`;
  return (path) => ask(world.url, `${prefix}/${tenant}/${path}`, { headers: { authorization } });
}
