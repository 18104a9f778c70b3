/** Scopes as oidc-provider takes and refuses them; what they mean is in `domain/scopes`. */
import { splitScope } from '@patient-access/smart';
import { errors } from 'oidc-provider';
import { ScopeError } from '../../domain/scopes/scopes.ts';

/**
 * Writes the scopes of a request in their short form. oidc-provider knows `openid` by its short name only, so this
 * runs on the parameters of every request: a scope that is written as a URI (checklist item 69) has its short name
 * from here on, in every answer too.
 */
export function spellShort(params: Record<string, unknown>): void {
  const { scope } = params;
  if (typeof scope === 'string' && scope.includes('://')) params['scope'] = splitScope(scope).join(' ');
}

/** @throws InvalidScope, which oidc-provider answers with `invalid_scope`, where `work` throws a ScopeError */
export function refuseScopes<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ScopeError ? new errors.InvalidScope(error.message, error.scope) : error;
  }
}
