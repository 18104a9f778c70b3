/** The requested scopes that a tenant can grant (SMART App Launch, "Scopes and Launch Context"). */
import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import {
  type Definition,
  definitions,
  OperationError,
  parseRestriction,
  servedTypes,
} from '@patient-access/fhir';
import {
  formatScope,
  isAboutResources,
  MAX_RESOURCE_SCOPE_CHARACTERS,
  parseResourceScope,
  type Permission,
  type ResourceScope,
  splitScope,
  mergeScopes,
} from '@patient-access/smart';
import { LRUCache } from 'lru-cache';

/** A requested scope that cannot be granted: OAuth's `invalid_scope`. */
export class ScopeError extends Error {
  override readonly name = 'ScopeError';
  /** the refused scope; '' when it is all of them together */
  readonly scope: string;

  constructor(message: string, scope: string) {
    super(message);
    this.scope = scope;
  }
}

/** The supported scopes that are not about resources. Others are dropped (RFC 6749 section 3.3). */
export const IDENTITY_SCOPES = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'offline_access',
  'online_access',
] as const;

const IDENTITY = new Set<string>(IDENTITY_SCOPES);

/** @returns the scopes of a list that are not about resources, in order */
export const identityScopes = (scope: string): string[] =>
  splitScope(scope).filter((text) => IDENTITY.has(text));

/** Types that no wildcard covers. */
export const isNamedOnly = (type: string): boolean => definitions.get(type)?.namedOnly ?? false;

const lettersOf = (interactions: Definition['interactions']): Permission[] => [
  ...(interactions.includes('read') ? ['r' as const] : []),
  ...(interactions.includes('search-type') ? ['s' as const] : []),
];

/** The letters that are served for each type. For a wildcard these are the letters that are served for any type. */
const SERVED_LETTERS: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['*', lettersOf(['read', 'search-type'])],
  ...[...definitions].map(([type, { interactions }]) => [type, lettersOf(interactions)] as const),
]);

/** Is any letter of a scope served for a type? `system/` scopes are for backend services alone. */
const isServed = ({ context, permissions }: ResourceScope, type: string): boolean =>
  context !== 'system' && (SERVED_LETTERS.get(type)?.some((letter) => permissions.has(letter)) ?? false);

/**
 * The part of a scope that this API serves, which reads and never writes.
 *
 * @returns undefined when there is none: only writing, `system/`, or a type that is not served
 */
export function readable(scope: ResourceScope): ResourceScope | undefined {
  if (!isServed(scope, scope.type)) return undefined;
  const letters = SERVED_LETTERS.get(scope.type) ?? [];
  return { ...scope, permissions: new Set(letters.filter((letter) => scope.permissions.has(letter))) };
}

/** @throws ScopeError when the text looks like a resource scope and is malformed (security case S03) */
function parse(text: string): ResourceScope {
  if (text.length > MAX_RESOURCE_SCOPE_CHARACTERS)
    throw new ScopeError(
      `one scope has at most ${MAX_RESOURCE_SCOPE_CHARACTERS} characters; several scopes add up`,
      text,
    );
  const parsed = parseResourceScope(text);
  if (!parsed) throw new ScopeError('malformed resource scope', text);
  return parsed;
}

/**
 * @returns the resource scopes of a space-separated list that can be granted, in order and in the version of the
 *   request: `.read` stays `.read` (v1), `.cruds` becomes `.rs`
 * @throws ScopeError on a malformed resource scope
 */
export function grantableScopes(scope: string | undefined): ResourceScope[] {
  const found = splitScope(scope).filter(isAboutResources);
  return mergeScopes(found.flatMap((text) => readable(parse(text)) ?? []));
}

/** For this check it does not matter to which server an absolute reference points. */
const NO_BASE = 'urn:';

/** @returns why the parameters of a granular scope do not belong to a type, or undefined */
function reasonAgainst(definition: Definition, { filters }: ResourceScope): string | undefined {
  if (filters.length === 0) return undefined;
  try {
    parseRestriction(definition, filters, NO_BASE);
    return undefined;
  } catch (error) {
    // Other reasons are no sentences, so the full stop is put behind all of them where they are told.
    if (error instanceof OperationError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** What a wildcard covers. */
const OF_WILDCARDS = servedTypes.flatMap((type): [string, Definition][] => {
  const definition = definitions.get(type);
  return definition && !definition.namedOnly ? [[type, definition]] : [];
});

/** @returns the types of a scope; for a wildcard with parameters, the types that have the parameters */
export function typesOf(scope: ResourceScope): string[] {
  if (scope.type !== '*') return [scope.type];
  return OF_WILDCARDS.filter(
    ([type, definition]) => isServed(scope, type) && !reasonAgainst(definition, scope),
  ).map(([type]) => type);
}

/** @throws ScopeError when a granular scope does not restrict by search parameters of its type (checklist item 60) */
export function checkParameters(scope: ResourceScope): void {
  const definition = definitions.get(scope.type);
  const nowhere = scope.filters.length > 0 && typesOf(scope).length === 0;
  const reason = definition
    ? reasonAgainst(definition, scope)
    : nowhere && 'no type has these search parameters';
  if (reason) throw new ScopeError(reason, formatScope(scope));
}

/** Replaces wildcards by the names of types. */
export function spellOut(scopes: readonly ResourceScope[], only: (type: string) => boolean): ResourceScope[] {
  const named = scopes.flatMap((scope) => typesOf(scope).map((type) => ({ ...scope, type })));
  return mergeScopes(named.filter(({ type }) => only(type)).flatMap((scope) => readable(scope) ?? []));
}

export const formatScopes = (identity: readonly string[], resources: readonly ResourceScope[]): string =>
  [...identity, ...resources.map(formatScope)].join(' ');

/**
 * Drops scopes for refresh tokens when the client has none. Drops `online_access` beside `offline_access`, which
 * includes it.
 */
function acceptIdentity(scope: string, refreshable: boolean): string[] {
  const asked = identityScopes(scope);
  const refused = !refreshable
    ? ['offline_access', 'online_access']
    : asked.includes('offline_access')
      ? ['online_access']
      : [];
  return asked.filter((text) => !refused.includes(text));
}

function refuseTooLong(text: string): void {
  if (text.length > MAX_SCOPE_CHARACTERS) throw new ScopeError('too many scopes at once', '');
}

/** Does the app learn who logged in, and may read that person's resource? SMART 1.0 apps ask for `profile`. */
export const opensFhirUser = (scope: string): boolean =>
  splitScope(scope).some((text) => text === 'fhirUser' || text === 'profile');

/** Recent results. One launch asks for the same scope several times, and an app always asks for the same scope. */
const accepted = new LRUCache<string, string>({ max: 200 });

/**
 * @param refreshable whether the client may have refresh tokens
 * @returns the part of a requested scope that can be granted, space-separated; identity scopes first
 * @throws ScopeError on a malformed resource scope, on parameters that a type does not have, when nothing is left,
 *   and when the result is too long to be recorded, now or after a member has narrowed it
 */
export function acceptScope(scope = '', refreshable = true): string {
  if (scope.length > MAX_SCOPE_CHARACTERS) return parseAccepted(scope, refreshable);
  const key = `${refreshable} ${scope}`;
  const known = accepted.get(key);
  if (known !== undefined) return known;
  const found = parseAccepted(scope, refreshable);
  accepted.set(key, found);
  return found;
}

/** @throws ScopeError as {@link acceptScope} says */
function parseAccepted(scope: string, refreshable: boolean): string {
  const identity = acceptIdentity(scope, refreshable);
  const resources = grantableScopes(scope);
  const formatted = formatScopes(identity, resources);
  if (formatted === '') throw new ScopeError('none of the requested scopes is supported', scope);
  refuseTooLong(formatted);
  resources.forEach(checkParameters);
  refuseTooLong(
    formatScopes(
      identity,
      spellOut(resources, () => true),
    ),
  );
  return formatted;
}

/** @returns whether a scope is about one member, who then has to be known (SMART checklist item 46) */
export function needsMember(scope: string): boolean {
  return splitScope(scope).includes('launch/patient') || grantableScopes(scope).length > 0;
}
