/** What an event says of an access token. */
import type { AccessEvent } from '@patient-access/events';
import { openedMember } from '@patient-access/smart';
import type { AccessToken, ClientCredentials } from 'oidc-provider';
import { tokenId } from '../adapters/record-id.ts';

export function ofAccessToken(token: AccessToken | ClientCredentials): Partial<AccessEvent> {
  const { scope, extra, jti } = token;
  const known = jti.startsWith('sha256.') ? jti : tokenId(jti);
  return {
    grantId: (token as AccessToken).grantId,
    scope,
    token: known,
    member: extra && openedMember(extra),
    released: (extra?.['sensitive'] as string[] | undefined) ?? [],
  };
}
