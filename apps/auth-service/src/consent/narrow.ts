/** From scopes to checkboxes, and from the ticked boxes back to scopes. Pure: what was shown is what is granted. */
import { splitScope, union } from '@patient-access/smart';
import { formatScopes, grantableScopes, identityScopes, spellOut, typesOf } from '../oidc/scopes.ts';
import { type Kind, kindOf, KINDS } from './kinds.ts';

export interface AskedKind extends Kind {
  /** the app asks for a part of it only: what it is restricted to, e.g. `category is laboratory` */
  restrictions: string[];
}

/** What an app asks for, as the consent page shows it. */
export interface Asked {
  kinds: AskedKind[];
  /** a wildcard: all kinds there are, now and later, but for those that have to be named */
  everything: boolean;
  /** to know who logged in */
  identity: boolean;
  /** to go on without the member being there */
  offline: boolean;
  /** to go on for as long as the member stays logged in */
  online: boolean;
}

/** `category=http://…|laboratory` reads `category is laboratory`. */
function inWords([parameter, value]: readonly [string, string]): string {
  return `${parameter} is ${value.slice(value.lastIndexOf('|') + 1) || value}`;
}

/** @param scope as accepted, space-separated */
export function askedFor(scope: string): Asked {
  const scopes = grantableScopes(scope);
  const texts = new Set(splitScope(scope));
  const asked = scopes.map((resources) => ({ filters: resources.filters, types: typesOf(resources) }));
  const kinds = KINDS.flatMap((kind) => {
    const about = asked.filter(({ types }) => types.some((type) => kind.types.includes(type)));
    if (about.length === 0) return [];
    const open = about.some(({ filters }) => filters.length === 0);
    const restrictions = about.map(({ filters }) => filters.map(inWords).join(' and '));
    return [{ ...kind, restrictions: open ? [] : [...new Set(restrictions)] }];
  });
  return {
    kinds,
    everything: scopes.some(({ type, filters }) => type === '*' && filters.length === 0),
    identity: texts.has('openid') || texts.has('fhirUser') || texts.has('profile'),
    offline: texts.has('offline_access'),
    online: texts.has('online_access'),
  };
}

/**
 * Narrows accepted scopes to the kinds that stayed ticked. A wildcard of which one kind was unticked becomes the
 * types of the others, by name.
 *
 * @returns the granted scope, space-separated
 */
export function narrowScope(scope: string, kept: ReadonlySet<string>): string {
  const isKept = (type: string) => kept.has(kindOf(type)?.id ?? '');
  const resources = grantableScopes(scope).flatMap((asked) =>
    typesOf(asked).every(isKept) ? [asked] : spellOut([asked], isKept),
  );
  return formatScopes(identityScopes(scope), union(resources));
}
