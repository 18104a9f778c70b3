/**
 * Backend services: clients that the plan registered and that get tokens without a member (SMART App Launch, "Backend
 * Services").
 */
import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import { covers, parseResourceScope, resourceScopes, splitScope } from '@patient-access/smart';
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { CLIENT_CREDENTIALS, SYSTEM_SCOPE } from '../../domain/clients/metadata.ts';
import { isNamedOnly } from '../../domain/scopes/scopes.ts';

/** Is this a token request with the client_credentials grant? */
export function isClientCredentialsRequest(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.route === 'token' && ctx.oidc.params?.['grant_type'] === CLIENT_CREDENTIALS;
}

/** Compares resource scopes by their meaning, and all others by their text. */
function isWithin(text: string, given: string): boolean {
  const asked = parseResourceScope(text);
  return asked ? covers(resourceScopes(given), asked, isNamedOnly) : splitScope(given).includes(text);
}

/**
 * The scope of a backend service's token. It is everything that was requested, in the short form, if the client is
 * pre-authorized for all of it (checklist items 114, 115).
 *
 * @throws InvalidScope otherwise, and when no scope was requested
 */
export function backendServiceScope(client: Client, scope: string | undefined): string {
  const given = (client[SYSTEM_SCOPE] as string | undefined) ?? '';
  const asked = splitScope(scope);
  if (asked.length === 0) throw new errors.InvalidScope('scope is required', '');
  if (asked.join(' ').length > MAX_SCOPE_CHARACTERS)
    throw new errors.InvalidScope('too many scopes at once', '');
  const outside = asked.find((text) => !isWithin(text, given));
  if (outside !== undefined)
    throw new errors.InvalidScope('this client is not pre-authorized for a requested scope', outside);
  return asked.join(' ');
}
