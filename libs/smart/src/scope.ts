/**
 * The grammar of SMART App Launch scopes, v1 and v2. Scopes are parsed and not looked up in a list (SMART 2.0,
 * "Scopes and Launch Context"; checklist items 56–60 and 69, cases S01–S03).
 */

type ScopeContext = 'patient' | 'user' | 'system';

/** One letter of `cruds`: what a scope allows (SMART 2.0, "Scopes for requesting FHIR Resources"). */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

type Filter = readonly [parameter: string, value: string];

export interface ResourceScope {
  context: ScopeContext;
  /** FHIR resource type, or `*` for all present and future types */
  type: string;
  permissions: ReadonlySet<Permission>;
  /** granular `?param=value` restrictions, decoded; all have to hold */
  filters: readonly Filter[];
  /** the granular part as the client wrote it, without `?`; empty if there is none */
  query: string;
  /** the version of its notation: `.read` (1) or `.rs` (2) */
  version: 1 | 2;
}

const V1_LETTERS: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);
const CONTEXT = /^(?:patient|user|system)\//;
const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/;
/** RFC 6749 section 3.3: visible ASCII except `"` and `\`. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;
/** Of one scope. It prevents a hostile scope from taking much time. */
export const MAX_RESOURCE_SCOPE_CHARACTERS = 512;
/** The granular part is a URL-encoded query. */
const PARAMETER = /^_?[A-Za-z][A-Za-z-]{0,63}$/;

/** The prefix of scopes that are written as URIs (SMART 2.0, "Scopes as URIs"). */
const URI_PREFIXES = [
  'http://smarthealthit.org/fhir/scopes/',
  'http://openid.net/specs/openid-connect-core-1_0#',
];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function parseFilters(query: string): Filter[] | undefined {
  if (query === '') return [];
  const pairs = query.split('&').map((pair): Filter => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(at, 0)), decode(pair.slice(at + 1))];
  });
  return pairs.every(([name, value]) => PARAMETER.test(name) && value !== '') ? pairs : undefined;
}

/** @returns whether a text looks like a resource scope, valid or not */
export function isAboutResources(text: string): boolean {
  return CONTEXT.test(text);
}

/**
 * Parses one FHIR resource scope, v1 (`patient/Coverage.read`) or v2 (`patient/Coverage.rs?status=active`), in its
 * short form (see {@link splitScope}).
 *
 * @returns undefined when the text is not a resource scope: letters out of order or twice, no letters, an empty
 * parameter or value, a modifier, a v1 scope with parameters, or anything else that the grammar does not allow
 */
export function parseResourceScope(text: string): ResourceScope | undefined {
  if (text.length > MAX_RESOURCE_SCOPE_CHARACTERS || !SCOPE_TOKEN.test(text)) return undefined;
  const [, context, type, what = '', query = ''] = SCOPE.exec(text) ?? [];
  const v1 = V1_LETTERS.get(what);
  const filters = parseFilters(query);
  if (!context || !type || !what || !filters || (v1 && query)) return undefined;
  return {
    context: context as ScopeContext,
    type,
    permissions: new Set(v1 ?? what) as ReadonlySet<Permission>,
    filters,
    query,
    version: v1 ? 1 : 2,
  };
}

/** @returns the scope as text. A v1 scope that has lost permissions becomes the v1 scope of the remaining ones */
export function formatScope({ context, type, permissions, query, version }: ResourceScope): string {
  const letters = [...'cruds'].filter((letter) => permissions.has(letter as Permission)).join('');
  const v1 = [...V1_LETTERS].find(([, all]) => [...letters].every((letter) => all.includes(letter)))?.[0];
  const what = version === 1 && v1 ? v1 : letters;
  return `${context}/${type}.${what}${query && `?${query}`}`;
}

function shortSpelling(text: string): string {
  const prefix = URI_PREFIXES.find((candidate) => text.startsWith(candidate));
  return prefix === undefined ? text : text.slice(prefix.length);
}

/**
 * @returns the distinct scopes of a space-separated list (RFC 6749 section 3.3), in order. Scopes that are written as
 * URIs get their short form
 */
export function splitScope(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(' ').map(shortSpelling).filter(Boolean))];
}

/** @returns every resource scope of a space-separated list; other scopes are left out */
export function resourceScopes(scope: string | undefined): ResourceScope[] {
  return splitScope(scope).flatMap((text) => parseResourceScope(text) ?? []);
}

/** Does the scope speak of the type? @param namedOnly no wildcard covers it */
export const coversType = (scope: ResourceScope, type: string, namedOnly: boolean): boolean =>
  scope.type === type || (scope.type === '*' && !namedOnly);
