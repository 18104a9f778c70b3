/** SMART App Launch scopes: the v1 and v2 grammar, parsed, never enumerated (checklist items 56–60, S01–S03). */

type ScopeContext = 'patient' | 'user' | 'system';

/** One letter of `cruds`: what a scope allows (SMART 2.0, "Scopes for requesting FHIR Resources"). */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

export interface ResourceScope {
  context: ScopeContext;
  /** FHIR resource type, or `*` for all present and future types */
  type: string;
  permissions: ReadonlySet<Permission>;
  /** granular `?param=value` restrictions, all of which must hold */
  filters: readonly (readonly [parameter: string, value: string])[];
}

/** Scopes that are not about resources: identity (OpenID Connect), launch context, and refresh. */
export const NON_RESOURCE_SCOPES = [
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'offline_access',
  'online_access',
] as const;

const V1_PERMISSIONS: Record<string, string> = { read: 'rs', write: 'cud', '*': 'cruds' };
const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/;
/** A scope is a URL-encoded query; limits keep one hostile string from costing anything. */
const MAX_SCOPE_CHARACTERS = 512;
const PARAMETER = /^_?[A-Za-z][A-Za-z-]{0,63}$/;

function parseFilters(query: string | undefined): [string, string][] | undefined {
  if (query === undefined) return [];
  const pairs = query.split('&').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(at, 0)), decode(pair.slice(at + 1))];
  });
  return pairs.every(([name, value]) => PARAMETER.test(name) && value !== '') ? pairs : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/**
 * Parses one FHIR resource scope, v1 (`patient/Coverage.read`) or v2 (`patient/Coverage.rs?status=active`).
 *
 * @returns undefined when the text is not a resource scope: letters out of order or twice, no letters, an empty
 *   parameter or value, anything else that the grammar does not produce
 */
export function parseResourceScope(text: string): ResourceScope | undefined {
  if (text.length > MAX_SCOPE_CHARACTERS) return undefined;
  const match = SCOPE.exec(text);
  const letters = match?.[3] === undefined ? undefined : (V1_PERMISSIONS[match[3]] ?? match[3]);
  const filters = parseFilters(match?.[4]);
  if (!match || !letters || !filters) return undefined;
  return {
    context: match[1] as ScopeContext,
    type: match[2] as string,
    permissions: new Set(letters) as ReadonlySet<Permission>,
    filters,
  };
}

/** @returns the distinct scopes of a space-separated list (RFC 6749 section 3.3), in order */
export function splitScope(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(' ').filter(Boolean))];
}

/** @returns every resource scope in a space-separated list; what is not one is left out */
export function resourceScopes(scope: string | undefined): ResourceScope[] {
  return splitScope(scope).flatMap((text) => parseResourceScope(text) ?? []);
}
