/** Who sends a request, for the audit trail: as soon as it is known, whether the request is allowed or refused. */
import type { AttemptCaller } from '@patient-access/events';
import { openedMember } from '@patient-access/smart';
import { type Account, fhirUserOf } from '../../domain/accounts/accounts.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import { type Administrator, administratorUser } from '../../domain/audit/administrator.ts';
import type { EndedToken, GrantAskedFor } from '../../domain/grants/ended-records.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { TokenHolder } from '../tokens/bearer-token.ts';
import { releasedTo } from './of-access-token.ts';

interface NamedClient {
  readonly clientId: string;
  readonly clientName?: string;
}

export const callerOfClient = ({ clientId, clientName }: NamedClient): AttemptCaller => ({
  client: { id: clientId, name: appDisplayName(clientName) },
});

/** The person who is logged in at a browser. Nothing of her own is withheld from her. */
export function callerAtBrowser(
  { issuer: iss, fhirBase }: Pick<Tenant, 'issuer' | 'fhirBase'>,
  account: Account,
): AttemptCaller {
  const fhirUser = fhirUserOf(account, fhirBase);
  const { sub, role, login, self: member } = account;
  return {
    user: { iss, sub, ...(fhirUser && { fhirUser }), ...(role === 'auditor' && { name: login }) },
    ...(member !== undefined && { member }),
  };
}

export const callerOfAdministrator = (administrator: Administrator): AttemptCaller => ({
  user: administratorUser(administrator),
});

/** Of an app that holds a live token: whose grant it is, and what the member released to it. */
export function callerOfToken(
  { issuer: iss }: Pick<Tenant, 'issuer'>,
  { token, client }: TokenHolder,
): AttemptCaller {
  const { accountId: sub, grantId } = token as { accountId?: string; grantId?: string };
  const member = token.extra && openedMember(token.extra);
  return {
    ...callerOfClient(client),
    ...(sub !== undefined && { user: { iss, sub } }),
    ...(grantId !== undefined && { grantId }),
    ...(member !== undefined && { member, released: releasedTo(token) }),
    token: token.jti,
  };
}

/** Whose grant it is. */
const ofGrant = (
  { issuer: iss }: Pick<Tenant, 'issuer'>,
  { grantId, sub, member, labels }: Pick<GrantAskedFor, 'grantId' | 'sub' | 'member' | 'labels'>,
): Partial<AttemptCaller> => ({
  ...(grantId !== null && { grantId }),
  ...(sub !== null && { user: { iss, sub } }),
  ...(member !== null && { member, released: labels ?? [] }),
});

/** Of an app that sends a token which is no good any more. */
export function callerOfEndedToken(tenant: Pick<Tenant, 'issuer'>, ended: EndedToken): AttemptCaller {
  const { clientId, clientName } = ended;
  return {
    ...callerOfClient({ clientId, ...(clientName !== null && { clientName }) }),
    ...ofGrant(tenant, ended),
  };
}

/** Of an app whose code or refresh token was refused. If it was given to another app, the event says of which grant, and no more. */
export const callerOfGrant = (
  tenant: Pick<Tenant, 'issuer'>,
  asked: GrantAskedFor,
  clientId: string | undefined,
): Partial<AttemptCaller> =>
  asked.clientId === clientId
    ? ofGrant(tenant, asked)
    : ofGrant(tenant, { ...asked, sub: null, member: null });
