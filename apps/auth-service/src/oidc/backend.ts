/** Backend services: tokens without a member, for clients that the plan set up (SMART App Launch, "Backend Services"). */
import { parseResourceScope, type ResourceScope, splitScope } from '@patient-access/smart';
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { CLIENT_CREDENTIALS, SYSTEM_SCOPE } from '../client-auth/credentials.ts';

/** Does this token request ask for the client itself? */
export function isForClientItself(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.route === 'token' && ctx.oidc.params?.['grant_type'] === CLIENT_CREDENTIALS;
}

/** A scope opens no more than another one that has its type, its letters, and its filters or none. */
function opensNoMore(asked: ResourceScope, given: ResourceScope): boolean {
  const filters = new Set(asked.filters.map((filter) => filter.join('=')));
  return (
    asked.context === given.context &&
    (given.type === '*' || given.type === asked.type) &&
    [...asked.permissions].every((letter) => given.permissions.has(letter)) &&
    given.filters.every((filter) => filters.has(filter.join('=')))
  );
}

function isWithin(text: string, given: readonly string[]): boolean {
  if (given.includes(text)) return true;
  const asked = parseResourceScope(text);
  return given.some((each) => {
    const scope = parseResourceScope(each);
    return asked !== undefined && scope !== undefined && opensNoMore(asked, scope);
  });
}

/**
 * What a backend service gets: what it asked for, if all of that is inside what it was pre-authorized for
 * (checklist items 114, 115).
 *
 * @throws InvalidScope otherwise, and when it asked for nothing
 */
export function backendScope(client: Client, scope: unknown): string {
  const given = splitScope(client[SYSTEM_SCOPE] as string | undefined);
  const asked = splitScope(typeof scope === 'string' ? scope : undefined);
  if (asked.length === 0) throw new errors.InvalidScope('scope is required', '');
  const outside = asked.find((text) => !isWithin(text, given));
  if (outside !== undefined)
    throw new errors.InvalidScope('this client is not pre-authorized for a requested scope', outside);
  return asked.join(' ');
}
