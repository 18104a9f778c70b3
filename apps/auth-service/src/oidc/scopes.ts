/** Which of the requested scopes a tenant can grant at all (SMART App Launch, "Scopes and Launch Context"). */
import { parseResourceScope, type ResourceScope, splitScope } from '@patient-access/smart';
import { errors } from 'oidc-provider';
import { kindOf } from '../consent/kinds.ts';

/** Scopes that are not about resources and that are supported; anything else is dropped (RFC 6749 section 3.3). */
export const IDENTITY_SCOPES = [
  'openid',
  'fhirUser',
  'profile',
  'launch',
  'launch/patient',
  'offline_access',
] as const;

const IDENTITY = new Set<string>(IDENTITY_SCOPES);
const RESOURCE_SHAPE = /^(patient|user|system)\//;
const READABLE = ['r', 's'];

export interface GrantableScope extends ResourceScope {
  /** as the client wrote it, without what this API cannot do: it reads, it never writes */
  text: string;
  /** what follows the type: `.read`, `.rs?category=…` */
  suffix: string;
}

/**
 * Narrows one scope to reading, in the words that the client used: `.read` stays `.read` (v1), `.cruds` becomes `.rs`.
 *
 * @returns undefined when nothing of it can be granted: writing only, `system/`, a type that is not served
 * @throws InvalidScope when it is meant as a resource scope and is none (security case S03)
 */
function grantable(text: string): GrantableScope | undefined {
  const parsed = parseResourceScope(text);
  if (!parsed) throw new errors.InvalidScope('malformed resource scope', text);
  const letters = READABLE.filter((letter) => (parsed.permissions as ReadonlySet<string>).has(letter)).join(
    '',
  );
  const served = parsed.type === '*' || kindOf(parsed.type) !== undefined;
  if (parsed.context === 'system' || !served || letters === '') return undefined;
  const [path = '', query] = text.split(/\?(.*)/s);
  const v1 = path.endsWith('.read') || path.endsWith('.*');
  const suffix = `.${v1 ? 'read' : letters}${query === undefined ? '' : `?${query}`}`;
  return { ...parsed, text: `${parsed.context}/${parsed.type}${suffix}`, suffix };
}

/** @returns the resource scopes of a space-separated list that can be granted, in order */
export function grantableScopes(scope: string | undefined): GrantableScope[] {
  const found = splitScope(scope)
    .filter((text) => RESOURCE_SHAPE.test(text))
    .flatMap((text) => grantable(text) ?? []);
  return [...new Map(found.map((item) => [item.text, item])).values()];
}

/**
 * @returns what of a requested scope can be granted, as scope texts; identity scopes first
 * @throws InvalidScope on a malformed resource scope, and when nothing is left
 */
export function acceptScope(scope: string | undefined): string[] {
  const identity = splitScope(scope).filter((text) => IDENTITY.has(text));
  const accepted = [...identity, ...grantableScopes(scope).map(({ text }) => text)];
  if (accepted.length === 0)
    throw new errors.InvalidScope('none of the requested scopes is supported', scope ?? '');
  return accepted;
}

/** @returns whether a scope is about one member, who then has to be clear (SMART checklist item 46) */
export function needsMember(scope: string): boolean {
  return splitScope(scope).includes('launch/patient') || grantableScopes(scope).length > 0;
}
