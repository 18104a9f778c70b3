/** Claims of a plan's identity provider, whatever their form. */
import type { JsonObject } from 'openid-client';
import type { FederationSettings } from '../tenant/federation-settings.ts';

type Claims = Readonly<JsonObject>;
/** The claim has this value; of several values one is enough. */
type Wanted = FederationSettings['require'][string];

const MAX_TEXT_CHARACTERS = 64;
const MAX_METHODS = 10;
/** Without a colon, so that the first one ends it. */
const PROVIDER = /^[\w.-]{1,32}$/;

/**
 * @param path the name of a claim, or names with dots between them for a claim within claims. A claim whose own name has
 *   dots in it, such as a URL, comes first.
 */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

export const hasPath = (claims: Claims, path: string): boolean => claimAt(claims, path) !== undefined;

/** A claim that is a list has a value when the value is in the list. */
function hasClaim(claims: Claims, path: string, wanted: Wanted): boolean {
  const values: unknown[] = [claimAt(claims, path)].flat();
  return [wanted].flat().some((value) => values.includes(value));
}

/** @returns the text of a claim; of a list, when it has just one value */
function textAt(claims: Claims, path: string): string {
  const values = [...new Set([claimAt(claims, path)].flat())];
  const [value] = values;
  if (values.length !== 1 || (typeof value !== 'string' && typeof value !== 'number')) return '';
  return String(value).trim();
}

type NumberForm = FederationSettings['memberNumber'];

/** @returns the number with the zeros that it lost, where the plan has said how many digits it has */
const withZeros = ({ digits }: NumberForm, text: string): string =>
  digits !== undefined && /^\d+$/.test(text) ? text.padStart(digits, '0') : text;

/** @returns the number as the claim has it, with the zeros that it lost; '' when there is none */
export const claimedNumberOf = ({ memberClaim, memberNumber }: FederationSettings, claims: Claims): string =>
  withZeros(memberNumber, textAt(claims, memberClaim));

/**
 * @param text a member number as the provider has it outside of claims; that of a broker has the provider and a colon in front
 * @returns the number as {@link memberNumberOf} would have it
 */
export function toldNumberOf(form: NumberForm, text: string): string {
  const told = text.trim();
  const own = form.providerClaim === undefined ? 0 : told.indexOf(':') + 1;
  return told.slice(0, own) + withZeros(form, told.slice(own));
}

/**
 * @returns the member number as the plan writes it. '' when there is none, and when a broker does not say which provider it
 *   is from: alone it could be the number of another provider's member.
 */
export function memberNumberOf(settings: FederationSettings, claims: Claims): string {
  const { providerClaim } = settings.memberNumber;
  const claimed = claimedNumberOf(settings, claims);
  const provider = providerClaim === undefined ? undefined : textAt(claims, providerClaim);
  if (claimed === '' || (provider !== undefined && !PROVIDER.test(provider))) return '';
  const number = provider === undefined ? claimed : `${provider}:${claimed}`;
  return number.length > MAX_TEXT_CHARACTERS || /\p{Cc}/u.test(number) ? '' : number;
}

/** @returns whether the provider says that the person is an auditor; undefined where the plan has not said how */
export const isAuditor = ({ auditors }: FederationSettings, claims: Claims): boolean | undefined =>
  auditors && hasClaim(claims, auditors.claim, auditors.values);

/** @returns whether the provider says that the person administers the plan; never where the plan has not said how */
export const isAdministrator = ({ administrators }: FederationSettings, claims: Claims): boolean =>
  administrators !== undefined && hasClaim(claims, administrators.claim, administrators.values);

/** How the person was authenticated there (RFC 8176). */
export function methodsOf({ amr }: Claims): string[] {
  const texts = Array.isArray(amr) ? amr.filter((method) => typeof method === 'string') : [];
  return texts.filter((text) => text.length <= MAX_TEXT_CHARACTERS).slice(0, MAX_METHODS);
}

/** The claims that say how strongly somebody was authenticated: a stronger login can change them. */
const LEVELS = ['acr', 'amr'];

/** Each claim that `require` names, and whether it has one of the values. */
export const requirementsOf = ({ require }: FederationSettings, claims: Claims) =>
  Object.entries(require).map(([path, wanted]) => ({
    path,
    wanted,
    given: claimAt(claims, path),
    met: hasClaim(claims, path, wanted),
  }));

/** @returns whether a stronger login is required */
export const isTooWeak = (settings: FederationSettings, claims: Claims): boolean =>
  requirementsOf(settings, claims).some(({ path, met }) => !met && LEVELS.includes(path));

/** @returns what is missing: a stronger login, or something that no login changes */
export function missingOf(settings: FederationSettings, claims: Claims): 'level' | 'claim' | undefined {
  const missing = requirementsOf(settings, claims).filter(({ met }) => !met);
  if (missing.some(({ path }) => !LEVELS.includes(path))) return 'claim';
  return missing.length > 0 ? 'level' : undefined;
}

/** @returns whether the provider says that the person used a second factor; undefined where the plan has not said how */
export function isSecondFactor({ secondFactor }: FederationSettings, claims: Claims): boolean | undefined {
  if (!secondFactor) return undefined;
  return Object.entries(secondFactor).some(([claim, values]) => hasClaim(claims, claim, values));
}

/** Our own classes, which no provider knows. */
const OURS = 'urn:payer-patient-access:acr:';

/**
 * `acr_values` for the provider: what the plan requires, and what the app asks for.
 *
 * @param asked of the app
 */
export function acrValuesFor(
  { require, secondFactor }: FederationSettings,
  { asked, needsSecondFactor }: { asked: string; needsSecondFactor: boolean },
): string[] {
  const classes = asked.split(' ').filter(Boolean);
  const strong = needsSecondFactor || classes.includes(`${OURS}second-factor`);
  const wanted = [
    ...[require['acr'] ?? []].flat().map(String),
    ...(strong ? (secondFactor?.acr ?? []) : []),
    ...classes.filter((value) => !value.startsWith(OURS)),
  ];
  return [...new Set(wanted)];
}
