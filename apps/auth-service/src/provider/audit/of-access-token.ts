/** What an event says of an access token. */
import type { AccessEvent } from '@patient-access/events';
import { openedMember } from '@patient-access/smart';
import type { AccessToken, ClientCredentials } from 'oidc-provider';
import type { Happened } from '../../domain/audit/access-event.ts';
import { recordId, TOKEN_ID_PREFIX } from '../adapters/record-id.ts';

type Token = AccessToken | ClientCredentials;

/** @returns the labels that the member released to the token */
export const releasedTo = ({ extra }: Pick<Token, 'extra'>): string[] =>
  (extra?.['sensitive'] as string[] | undefined) ?? [];

export const ofAccessToken = (token: Token): Partial<AccessEvent> & Pick<Happened, 'released'> => ({
  grantId: (token as AccessToken).grantId,
  scope: token.scope,
  token: `${TOKEN_ID_PREFIX}${recordId(token.jti)}`,
  member: token.extra && openedMember(token.extra),
  released: releasedTo(token),
});
