/** Warnings about claims that decide who somebody is, as far as a login shows it. Staff read them. */
import type { JsonObject } from 'openid-client';
import type { FederationSettings } from '../tenant/federation-settings.ts';
import { claimedNumberOf, hasPath } from './claims.ts';

/** An attribute of the person's profile at the provider, as her own profile page has it. */
interface Attribute {
  name: string;
  values: readonly string[];
  editable: boolean;
}

export interface ClaimSources {
  /** all claims of the login */
  claims: JsonObject;
  /** what the userinfo endpoint said */
  userinfo: JsonObject;
  /** undefined: the provider has no interface that says it */
  profile?: readonly Attribute[];
}

/** Standard claims (OpenID Connect Core 5.1) that people can edit themselves at most providers. */
const OFTEN_EDITABLE = new Set(
  'name given_name family_name middle_name nickname preferred_username profile picture website email gender birthdate zoneinfo locale phone_number address'.split(
    ' ',
  ),
);

const deciding = ({ memberClaim, memberNumber, require, auditors }: FederationSettings): string[] => [
  ...new Set([
    memberClaim,
    ...(memberNumber.providerClaim === undefined ? [] : [memberNumber.providerClaim]),
    ...Object.keys(require),
    ...(auditors ? [auditors.claim] : []),
  ]),
];

/** Does the attribute seem to be the source of the claim? The name is the same, or the value. */
function isSource({ name, values }: Attribute, path: string, number: string | undefined): boolean {
  const names = [path, path.split('.')[0], path.split('.').at(-1)];
  return names.includes(name) || (number !== undefined && values.includes(number));
}

function warningsOf(settings: FederationSettings, sources: ClaimSources, path: string): string[] {
  const { claims, userinfo, profile = [] } = sources;
  const number = path === settings.memberClaim ? claimedNumberOf(settings, claims) || undefined : undefined;
  const editable = profile.filter((attribute) => attribute.editable && isSource(attribute, path, number));
  const warnings = [
    ...editable.map(
      ({ name }) =>
        `“${path}”: the person can change “${name}” on her own profile page, so she can become somebody else. Let administrators alone edit it.`,
    ),
    OFTEN_EDITABLE.has(path.split('.')[0] ?? '') &&
      `“${path}” is a standard claim that people can edit themselves at most providers.`,
    hasPath(userinfo, path) &&
      `“${path}” was also given by the userinfo endpoint, which signs nothing; it counts where the id_token has no such claim.`,
  ];
  return warnings.filter((warning) => warning !== false);
}

/** @returns one sentence each; none found does not mean that there is none, see {@link whatWasChecked} */
export const claimWarnings = (settings: FederationSettings, sources: ClaimSources): string[] =>
  deciding(settings).flatMap((path) => warningsOf(settings, sources, path));

/** @returns what stands behind the warnings, so that nobody trusts their absence too much */
export function whatWasChecked(settings: FederationSettings, { profile }: ClaimSources): string[] {
  const claims = deciding(settings)
    .map((path) => `“${path}”`)
    .join(', ');
  return [
    `Claims that decide who somebody is: ${claims}.`,
    'Compared with the standard claims that people often edit themselves.',
    profile
      ? 'Keycloak’s account API was asked with this person’s own token which attributes she may edit. Attributes that she does not have yet, and attributes with another name and another value, cannot be seen there.'
      : 'This provider has no interface that says what a person may edit. Look there by hand whether she can change these claims.',
    'With “unmanaged attributes” enabled, a Keycloak user can give herself any attribute that she does not have. That cannot be seen from outside: check Realm settings → General.',
  ];
}
