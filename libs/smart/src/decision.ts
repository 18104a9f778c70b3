import { isBackendService, type TokenClaims } from './claims.ts';
import { type Permission, type ResourceScope, resourceScopes } from './scope.ts';

/** FHIR interaction codes (http://hl7.org/fhir/restful-interaction) that this API can serve. */
export type Interaction = 'read' | 'vread' | 'history-instance' | 'search-type';

export interface AccessRequest {
  interaction: Interaction;
  type: string;
  /** a type that `*` does not cover: only a scope that names it opens it */
  namedOnly: boolean;
  /** reference data of the plan, which belongs to no member */
  ofNobody: boolean;
  tenant: string;
}

/**
 * The member of who acts for none, in every statement and in the security context of the database: never empty, and
 * no FHIR id, so that no row of a member can have it.
 */
export const NOBODY = '(nobody)';

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

const PERSONAL: Caller['contexts'] = ['patient', 'user'];

const NEEDS: Record<Interaction, Permission> = {
  read: 'r',
  vread: 'r',
  'history-instance': 'r',
  'search-type': 's',
};

interface Caller {
  member: string;
  contexts: readonly ResourceScope['context'][];
}

/** In whose name a request is made, and which scopes speak for that; undefined when nobody's data is concerned. */
function callerOf(claims: TokenClaims, { ofNobody }: AccessRequest): Caller | undefined {
  const { patient } = claims;
  if (!isBackendService(claims))
    return patient === undefined ? undefined : { member: patient, contexts: PERSONAL };
  return ofNobody && patient === undefined ? { member: NOBODY, contexts: ['system'] } : undefined;
}

/**
 * May this token do this? From the token and the request alone, before any data is touched (security rule D05).
 * The default is refusal; there is one way to be allowed.
 *
 * For a member, `patient/` scopes open the data of the member in context, and so do `user/` scopes: they stand for
 * what the person who logged in may see (checklist items 46, 63, 67). A backend service has no member: its `system/`
 * scopes open what belongs to nobody, and nothing else.
 */
export function decide(claims: TokenClaims, request: AccessRequest): Decision {
  if (claims.tenant !== request.tenant) return { allowed: false, reason: 'wrong-tenant' };
  const caller = callerOf(claims, request);
  if (!caller) return { allowed: false, reason: 'no-member' };
  const matching = resourceScopes(claims.scope).filter(
    (scope) =>
      caller.contexts.includes(scope.context) &&
      (scope.type === request.type || (scope.type === '*' && !request.namedOnly)) &&
      scope.permissions.has(NEEDS[request.interaction]),
  );
  if (matching.length === 0) return { allowed: false, reason: 'insufficient-scope' };
  const open = matching.some((scope) => scope.filters.length === 0);
  return {
    allowed: true,
    tenant: claims.tenant,
    member: caller.member,
    alternatives: open ? [[]] : matching.map((scope) => scope.filters),
    released: claims.sensitive ?? [],
  };
}
