/** Passes scopes to oidc-provider and refusals back. The meaning of scopes is in `domain/scopes`. */
import { splitScope } from '@patient-access/smart';
import { errors } from 'oidc-provider';
import { ScopeError } from '../../domain/scopes/scopes.ts';

/**
 * Replaces scopes that are written as URIs (checklist item 69) by their short names, in the parameters of a request
 * and so in every response. oidc-provider knows `openid` by its short name only.
 */
export function shortenScopeUris(params: Record<string, unknown>): void {
  const { scope } = params;
  if (typeof scope === 'string' && scope.includes('://')) params['scope'] = splitScope(scope).join(' ');
}

/** @throws InvalidScope in place of a ScopeError of `work`; oidc-provider answers it with `invalid_scope` */
export function refuseScopes<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ScopeError ? new errors.InvalidScope(error.message, error.scope) : error;
  }
}
