import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import { covers, parseResourceScope, resourceScopes, splitScope, mergeScopes } from '@patient-access/smart';
import {
  checkParameters,
  formatScopes,
  identityScopes,
  isNamedOnly,
  readable,
  ScopeError,
} from './scopes.ts';

/**
 * Checks the scopes that a refresh asks for. Each has to lie within a granted scope by its meaning: an app that was
 * granted `patient/*.read` may ask for `patient/Observation.r`.
 *
 * @throws ScopeError for anything more (RFC 6749 section 6, security case S09)
 */
export function narrowerScope(granted: string, asked: string): string {
  if (asked.length > MAX_SCOPE_CHARACTERS) throw new ScopeError('too many scopes at once', '');
  const names = new Set(splitScope(granted));
  const resources = resourceScopes(granted);
  const parts = splitScope(asked).flatMap((text) => {
    const resource = parseResourceScope(text);
    const part = resource && covers(resources, resource, isNamedOnly) ? readable(resource) : undefined;
    if (!part && !names.has(text)) throw new ScopeError('the refresh token was not granted this scope', text);
    if (part) checkParameters(part);
    return part ?? [];
  });
  return formatScopes(identityScopes(asked), mergeScopes(parts));
}
