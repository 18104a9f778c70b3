import { isBackendService, type TokenClaims } from './claims.ts';
import { coversType, type Permission, type ResourceScope, resourceScopes, splitScope } from './scope.ts';

/** FHIR interaction codes (http://hl7.org/fhir/restful-interaction) that this API can serve. */
export type Interaction = 'read' | 'vread' | 'history-instance' | 'search-type' | 'operation';

export interface AccessRequest {
  interaction: Interaction;
  type: string;
  /** logical id, when one resource is asked for by it */
  id?: string;
  /** `*` does not cover this type; a scope has to name it */
  namedOnly: boolean;
  /** reference data of the plan, which belongs to no member */
  isReferenceData: boolean;
  /** the plan's auditors may read the resources of all members */
  forAuditors: boolean;
  tenant: string;
}

/**
 * The member of a caller who acts for no member. It stands in every statement and in the security context of the
 * database. It is not empty and not a FHIR id, so no row of a member can have it.
 */
export const NO_MEMBER = '(nobody)';

/**
 * The member of a caller who may see the data of all members. Like {@link NO_MEMBER} it is not a FHIR id. Only
 * statements and a database role that are made for it find anything with it.
 */
export const ALL_MEMBERS = '(everybody)';

export type DenialReason = 'wrong-tenant' | 'not-offered' | 'no-member' | 'scope-insufficient';

/**
 * The answer of {@link decide}. If it is allowed, `member` must go into every SQL statement. A resource is visible if
 * it meets all filters of at least one list in `granularFilters` (an empty list has no filter), and if each of its
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
  // It finds resources that the client has not named, and returns them.
  operation: ['s', 'r'],
};

interface Caller {
  member: string;
  contexts: readonly ResourceScope['context'][];
}

/**
 * A backend service reads reference data. If the plan has pre-authorized it by name, it also reads what auditors
 * read.
 */
function backendCaller({ isReferenceData, forAuditors }: AccessRequest): Caller | undefined {
  if (isReferenceData) return { member: NO_MEMBER, contexts: ['system'] };
  return forAuditors ? { member: ALL_MEMBERS, contexts: ['system'] } : undefined;
}

/**
 * The member for whom the request is made, and the contexts of the scopes that count. Undefined: the token is for no
 * member.
 */
function callerOf(claims: TokenClaims, request: AccessRequest): Caller | undefined {
  const { patient, role } = claims;
  const isBackend = isBackendService(claims);
  // A token with a member is for this member, whatever else it says.
  if (patient !== undefined) return isBackend ? undefined : { member: patient, contexts: PERSONAL };
  if (isBackend) return backendCaller(request);
  return role === 'auditor' && request.forAuditors ? { member: ALL_MEMBERS, contexts: ['user'] } : undefined;
}

/**
 * Lists of filters. A resource has to meet one list. A list comes from a scope with every permission needed, or from
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

const SAYS_WHO_LOGGED_IN = new Set(['fhirUser', 'profile']);
/** What a person who logs in can be (SMART App Launch, "Scopes for requesting identity data"). */
const PERSON_TYPES = new Set(['Patient', 'RelatedPerson', 'Person']);

/** Is the resource the one that `fhirUser` names, and may the app know that? `fhirUser` may be absolute. */
function isFhirUser({ aud, fhirUser, scope }: TokenClaims, { type, id }: AccessRequest): boolean {
  if (id === undefined || !PERSON_TYPES.has(type)) return false;
  if (fhirUser !== `${type}/${id}` && fhirUser !== `${aud}/${type}/${id}`) return false;
  return splitScope(scope).some((text) => SAYS_WHO_LOGGED_IN.has(text));
}

/**
 * Does the request read the resource that `fhirUser` names (docs/adr/0065)? It stays within the member of the token like
 * every other read: a Patient is that member, and a person who acts for the member is in her record. A token without a
 * member opens only the Patient who logged in.
 *
 * @returns the member whose record it is in; undefined for every other request
 */
function memberOfFhirUser(claims: TokenClaims, request: AccessRequest): string | undefined {
  if (request.interaction !== 'read' || !isFhirUser(claims, request)) return undefined;
  const { patient } = claims;
  if (request.type === 'Patient')
    return patient === undefined || patient === request.id ? request.id : undefined;
  return patient;
}

/** The scope without filters that would allow the request, in the notation of SMART 2. */
export function neededScope(
  claims: TokenClaims,
  { interaction, type }: Pick<AccessRequest, 'interaction' | 'type'>,
) {
  const letters = [...NEEDS[interaction]].sort().join('');
  return `${isBackendService(claims) ? 'system' : 'patient'}/${type}.${letters}`;
}

const parsed = new WeakMap<TokenClaims, ResourceScope[]>();

/** Scopes are parsed once for each claims object, and kept as long as it is. */
function scopesOf(claims: TokenClaims): ResourceScope[] {
  const scopes = parsed.get(claims) ?? resourceScopes(claims.scope);
  parsed.set(claims, scopes);
  return scopes;
}

const allow = (
  { tenant, sensitive: released = [] }: TokenClaims,
  member: string,
  granularFilters: ResourceScope['filters'][],
): AccessDecision => ({ allowed: true, tenant, member, granularFilters, released });

/**
 * Decides whether this token allows this request. It uses only the token and the request, before any data is read
 * (security rule D05). It refuses by default. There are two ways to be allowed: by a scope for the type, and by `fhirUser`
 * to read the one resource that it names.
 *
 * For a member, `patient/` scopes open the data of the member in context. So do `user/` scopes, which stand for what
 * the person who logged in may see (checklist items 46, 63, 67). A backend service has no member, and its `system/`
 * scopes open reference data. Types for auditors are open for all members together: to an auditor's login by `user/`
 * scopes, and to a backend service by `system/` scopes. They are never open in this way to a token with a member.
 */
export function decide(claims: TokenClaims, request: AccessRequest): AccessDecision {
  if (claims.tenant !== request.tenant) return { allowed: false, reason: 'wrong-tenant' };
  if (claims.types && !claims.types.includes(request.type)) return { allowed: false, reason: 'not-offered' };
  const ofFhirUser = memberOfFhirUser(claims, request);
  if (ofFhirUser !== undefined) return allow(claims, ofFhirUser, [[]]);
  const caller = callerOf(claims, request);
  if (!caller) return { allowed: false, reason: 'no-member' };
  const matching = scopesOf(claims).filter(
    (scope) => caller.contexts.includes(scope.context) && coversType(scope, request.type, request.namedOnly),
  );
  const granularFilters = granularFiltersOf(matching, NEEDS[request.interaction]);
  if (granularFilters.length === 0) return { allowed: false, reason: 'scope-insufficient' };
  const open = granularFilters.some((filters) => filters.length === 0);
  return allow(claims, caller.member, open ? [[]] : granularFilters);
}
