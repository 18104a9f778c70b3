import { isBackendService, type TokenClaims } from './claims.ts';
import { type Permission, type ResourceScope, resourceScopes } from './scope.ts';

/** FHIR interaction codes (http://hl7.org/fhir/restful-interaction) that this API can serve. */
export type Interaction = 'read' | 'vread' | 'history-instance' | 'search-type' | 'operation';

export interface AccessRequest {
  interaction: Interaction;
  type: string;
  /** a type that `*` does not cover: only a scope that names it opens it */
  namedOnly: boolean;
  /** reference data of the plan, which belongs to no member */
  isReferenceData: boolean;
  /** the plan's auditors may read the resources of all members */
  forAuditors: boolean;
  tenant: string;
}

/**
 * The member of who acts for none, in every statement and in the security context of the database: never empty, and
 * no FHIR id, so that no row of a member can have it.
 */
export const NO_MEMBER = '(nobody)';

/**
 * The member of who looks over the whole plan. Like {@link NO_MEMBER} it is no FHIR id: a statement that is not made for
 * the purpose finds nothing with it, and so does a database role that is not.
 */
export const ALL_MEMBERS = '(everybody)';

export type DenialReason = 'wrong-tenant' | 'not-offered' | 'no-member' | 'scope-insufficient';

/**
 * The answer of {@link decide}. When allowed, `member` must go into every SQL statement, and a resource is visible
 * if it meets all filters of at least one of `granularFilters` (an empty inner list: no filter), and if each of its
 * sensitivity labels is in `released`.
 */
export type AccessDecision =
  | {
      allowed: true;
      tenant: string;
      member: string;
      granularFilters: ResourceScope['filters'][];
      released: readonly string[];
    }
  | { allowed: false; reason: DenialReason };

const PERSONAL: Caller['contexts'] = ['patient', 'user'];

const NEEDS: Record<Interaction, readonly Permission[]> = {
  read: ['r'],
  vread: ['r'],
  'history-instance': ['r'],
  'search-type': ['s'],
  // Finds resources that the client has not named, and gives them.
  operation: ['s', 'r'],
};

interface Caller {
  member: string;
  contexts: readonly ResourceScope['context'][];
}

/** A backend service reads reference data. If the plan pre-authorized it by name, it also reads what auditors read. */
function backendCaller({ isReferenceData, forAuditors }: AccessRequest): Caller | undefined {
  if (isReferenceData) return { member: NO_MEMBER, contexts: ['system'] };
  return forAuditors ? { member: ALL_MEMBERS, contexts: ['system'] } : undefined;
}

/** For which member a request is made, and which scopes count for it. Undefined: the token is for no member. */
function callerOf(claims: TokenClaims, request: AccessRequest): Caller | undefined {
  const { patient, role } = claims;
  const isBackend = isBackendService(claims);
  // A token with a member is that member's, whatever else it says.
  if (patient !== undefined) return isBackend ? undefined : { member: patient, contexts: PERSONAL };
  if (isBackend) return backendCaller(request);
  return role === 'auditor' && request.forAuditors ? { member: ALL_MEMBERS, contexts: ['user'] } : undefined;
}

/**
 * Filters of which a resource has to meet one list: those of a scope that has every permission needed, or those of
 * several scopes that have them together.
 */
function granularFiltersOf(
  scopes: readonly ResourceScope[],
  needs: readonly Permission[],
): ResourceScope['filters'][] {
  const alone = scopes.filter(({ permissions }) => needs.every((need) => permissions.has(need)));
  const others = scopes.filter((scope) => !alone.includes(scope));
  const together = needs
    .map((need) => others.filter(({ permissions }) => permissions.has(need)).map(({ filters }) => filters))
    .reduce((some, more) => some.flatMap((one) => more.map((other) => [...one, ...other])));
  return [...alone.map(({ filters }) => filters), ...together];
}

/** The scope without filters that would allow what was asked for, in SMART 2's form. */
export function neededScope(
  claims: TokenClaims,
  { interaction, type }: Pick<AccessRequest, 'interaction' | 'type'>,
) {
  const letters = [...NEEDS[interaction]].sort().join('');
  return `${isBackendService(claims) ? 'system' : 'patient'}/${type}.${letters}`;
}

const parsed = new WeakMap<TokenClaims, ResourceScope[]>();

/** Parsed once for as long as the claims are kept, which is as long as a verified statement is believed. */
function scopesOf(claims: TokenClaims): ResourceScope[] {
  const scopes = parsed.get(claims) ?? resourceScopes(claims.scope);
  parsed.set(claims, scopes);
  return scopes;
}

/**
 * May this token do this? From the token and the request alone, before any data is touched (security rule D05).
 * The default is refusal; there is one way to be allowed.
 *
 * For a member, `patient/` scopes open the data of the member in context, and so do `user/` scopes: they stand for
 * what the person who logged in may see (checklist items 46, 63, 67). A backend service has no member: its `system/`
 * scopes open what belongs to nobody. What the plan oversees is open to its auditors, of all members together: to a
 * login with that role by `user/` scopes, to a backend service by `system/` scopes; to a token with a member never.
 */
export function decide(claims: TokenClaims, request: AccessRequest): AccessDecision {
  if (claims.tenant !== request.tenant) return { allowed: false, reason: 'wrong-tenant' };
  if (claims.types && !claims.types.includes(request.type)) return { allowed: false, reason: 'not-offered' };
  const caller = callerOf(claims, request);
  if (!caller) return { allowed: false, reason: 'no-member' };
  const matching = scopesOf(claims).filter(
    (scope) =>
      caller.contexts.includes(scope.context) &&
      (scope.type === request.type || (scope.type === '*' && !request.namedOnly)),
  );
  const granularFilters = granularFiltersOf(matching, NEEDS[request.interaction]);
  if (granularFilters.length === 0) return { allowed: false, reason: 'scope-insufficient' };
  const open = granularFilters.some((filters) => filters.length === 0);
  return {
    allowed: true,
    tenant: claims.tenant,
    member: caller.member,
    granularFilters: open ? [[]] : granularFilters,
    released: claims.sensitive ?? [],
  };
}
