/**
 * Turns scopes into checkboxes, and checked boxes back into scopes. Exactly what the page says is granted.
 */
import type { ConsentKind } from '@patient-access/fhir';
import { mergeScopes, splitScope } from '@patient-access/smart';
import { formatScopes, grantableScopes, identityScopes, spellOut, typesOf } from '../scopes/scopes.ts';
import { kindOf, KINDS } from './kinds.ts';

/** One granular scope: a resource has to meet all of its `[parameter, value]`. */
export type Restriction = readonly (readonly [parameter: string, value: string])[];

export interface RequestedKind {
  id: ConsentKind;
  /** the app asks for the resources that meet any of these; empty: for all */
  restrictions: Restriction[];
}

/** What an app learns about the person who logs in; each value includes the one before it. */
type Identity = 'account' | 'member' | 'name';

/** What an app asks for, as the consent page says it. */
export interface RequestedAccess {
  kinds: RequestedKind[];
  /** an unrestricted wildcard: all present and later kinds except those that have to be named */
  everything: boolean;
  /** what the app learns about the person; undefined: nothing, not even whether it is the same person as before */
  identity?: Identity;
  /** `offline_access`: the app may go on without the member */
  offline: boolean;
  /** `online_access`: the app may go on while the member is logged in */
  online: boolean;
}

function identityOf(scopes: ReadonlySet<string>): Identity | undefined {
  if (scopes.has('profile')) return 'name';
  if (scopes.has('fhirUser')) return 'member';
  return scopes.has('openid') ? 'account' : undefined;
}

/** @param scope as accepted, space-separated */
export function requestedAccess(scope: string): RequestedAccess {
  const scopes = grantableScopes(scope);
  const texts = new Set(splitScope(scope));
  const asked = scopes.map((resources) => ({ filters: resources.filters, types: typesOf(resources) }));
  const kinds = KINDS.flatMap((kind): RequestedKind[] => {
    const about = asked.filter(({ types }) => types.some((type) => kind.types.includes(type)));
    if (about.length === 0) return [];
    const open = about.some(({ filters }) => filters.length === 0);
    const distinct = new Map(about.map(({ filters }) => [JSON.stringify(filters), filters]));
    return [{ id: kind.id, restrictions: open ? [] : [...distinct.values()] }];
  });
  return {
    kinds,
    everything: scopes.some(({ type, filters }) => type === '*' && filters.length === 0),
    identity: identityOf(texts),
    offline: texts.has('offline_access'),
    online: texts.has('online_access'),
  };
}

/**
 * Narrows accepted scopes to the kinds that stayed checked. If one kind of a wildcard is unchecked, the types of the
 * others are named in its place.
 *
 * @returns the granted scope, space-separated
 */
export function narrowScope(scope: string, kept: ReadonlySet<string>): string {
  const isKept = (type: string) => kept.has(kindOf(type)?.id ?? '');
  const resources = grantableScopes(scope).flatMap((asked) =>
    typesOf(asked).every(isKept) ? [asked] : spellOut([asked], isKept),
  );
  return formatScopes(identityScopes(scope), mergeScopes(resources));
}
