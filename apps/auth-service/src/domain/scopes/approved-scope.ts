/** The scopes of an app that the plan has approved for certain ones. */
import { covers, mergeScopes, type ResourceScope, resourceScopes, splitScope } from '@patient-access/smart';
import { formatScopes, identityScopes, isNamedOnly, ScopeError } from './scopes.ts';

/** What lies in both: a wildcard beside single types means these types. */
const inBoth = (asked: ResourceScope[], approved: ResourceScope[]): ResourceScope[] =>
  mergeScopes([
    ...asked.filter((scope) => covers(approved, scope, isNamedOnly)),
    ...approved.filter((scope) => covers(asked, scope, isNamedOnly)),
  ]);

/**
 * @param accepted what the plan can grant of a request
 * @param approved of the client; absent for a client whose scopes are not fixed
 * @returns the part that the approval covers
 * @throws ScopeError when it covers none of it
 */
export function withinApproval(accepted: string, approved: unknown): string {
  if (typeof approved !== 'string') return accepted;
  const names = new Set(splitScope(approved));
  const identity = identityScopes(accepted).filter((text) => names.has(text));
  const resources = inBoth(resourceScopes(accepted), resourceScopes(approved));
  const within = formatScopes(identity, resources);
  if (within === '') throw new ScopeError('the plan has approved this app for none of the scopes', accepted);
  return within;
}
