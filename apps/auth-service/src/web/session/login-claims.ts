import { fhirUserOf, type Member } from '../../domain/accounts/accounts.ts';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import type { LoginClaims } from '../../provider/introspection/login-jwt.ts';
import type { SessionContext } from './session-context.ts';

/** What a data service is told when a page of the member's own asks it, for one of the persons of the login. */
export function loginClaims(
  { server, account }: Pick<SessionContext, 'server' | 'account'>,
  { patient }: Pick<Member, 'patient'>,
  scope: string,
): LoginClaims & { patient: string } {
  const { tenant } = server;
  const fhirUser = fhirUserOf(account, tenant.fhirBase);
  return {
    client_id: MEMBER_PAGES_CLIENT_ID,
    client_name: tenant.name,
    sub: account.sub,
    scope,
    // There is no consent: the plan itself allows a login to see these pages.
    grant_id: MEMBER_PAGES_CLIENT_ID,
    patient,
    ...(fhirUser && { fhirUser }),
  };
}
