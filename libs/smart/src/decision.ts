import type { TokenClaims } from './claims.ts';
import { type Permission, type ResourceScope, resourceScopes } from './scope.ts';

/** FHIR interaction codes (http://hl7.org/fhir/restful-interaction) that this API can serve. */
export type Interaction = 'read' | 'vread' | 'history-instance' | 'search-type';

export interface AccessRequest {
  interaction: Interaction;
  type: string;
  /** a type that `*` does not cover: only a scope that names it opens it */
  namedOnly: boolean;
  tenant: string;
}

export type RefusalReason = 'wrong-tenant' | 'no-member' | 'insufficient-scope';

/**
 * The answer of {@link decide}. When allowed, `member` must go into every SQL statement, and a resource is visible
 * if it meets all filters of at least one of `alternatives` (an empty inner list: no filter), and if each of its
 * sensitivity labels is in `released`.
 */
export type Decision =
  | {
      allowed: true;
      tenant: string;
      member: string;
      alternatives: ResourceScope['filters'][];
      released: readonly string[];
    }
  | { allowed: false; reason: RefusalReason };

const NEEDS: Record<Interaction, Permission> = {
  read: 'r',
  vread: 'r',
  'history-instance': 'r',
  'search-type': 's',
};

/**
 * May this token do this? From the token and the request alone, before any data is touched (security rule D05).
 * The default is refusal; there is one way to be allowed.
 *
 * Only `patient/` scopes open member data: `user/` scopes stand for what the person who logged in may see, which
 * for a member's own app is the same member in context (checklist items 46, 63, 67).
 */
export function decide(claims: TokenClaims, request: AccessRequest): Decision {
  if (claims.tenant !== request.tenant) return { allowed: false, reason: 'wrong-tenant' };
  if (claims.patient === undefined) return { allowed: false, reason: 'no-member' };
  const matching = resourceScopes(claims.scope).filter(
    (scope) =>
      scope.context !== 'system' &&
      (scope.type === request.type || (scope.type === '*' && !request.namedOnly)) &&
      scope.permissions.has(NEEDS[request.interaction]),
  );
  if (matching.length === 0) return { allowed: false, reason: 'insufficient-scope' };
  const open = matching.some((scope) => scope.filters.length === 0);
  return {
    allowed: true,
    tenant: claims.tenant,
    member: claims.patient,
    alternatives: open ? [[]] : matching.map((scope) => scope.filters),
    released: claims.sensitive ?? [],
  };
}
