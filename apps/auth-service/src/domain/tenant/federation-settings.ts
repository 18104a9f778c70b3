/** Settings of a plan's own identity provider, a part of the tenant's settings. */
import { MAX_ISSUER_CHARACTERS } from '@patient-access/events';
import { z } from 'zod';
import { ActRefused } from '../act-refused.ts';
import { deriveKeys, type Keys, seal, unseal } from '../keys/secrets.ts';

const SEALED = 'sealed:';
/** Settings whose values are sealed before they are stored. They are never shown. */
const SECRETS = ['clientSecret', 'privateKey', 'scimToken'] as const;
type Secret = (typeof SECRETS)[number];
const MIN_SCIM_TOKEN_CHARACTERS = 32;

const Sealed = z.string().startsWith(SEALED, 'is not sealed: set it with `tenant configure`');

const Value = z.union([z.string(), z.boolean(), z.number()]);
const Name = z.string().min(1).max(60);
const NameInLanguages = Name.or(z.strictObject({ en: Name, es: Name }));
/** By these parameters of an authorization request a broker lets somebody skip its page. No other one can be set. */
const BROKER_HINTS = ['kc_idp_hint', 'domain_hint', 'identity_provider', 'connection', 'idp'] as const;
const Choice = z.strictObject({
  /** on its button */
  name: NameInLanguages,
  hint: z.partialRecord(z.enum(BROKER_HINTS), z.string().min(1).max(200)),
});

export const FederationSettings = z
  .strictObject({
    /** issuer identifier; requests go to its host and to no other */
    issuer: z.url({ protocol: /^https?$/ }).max(MAX_ISSUER_CHARACTERS),
    /** its name on the button, in one language or in each */
    name: NameInLanguages,
    /** the plan's providers behind a broker, each with a button; a hint leads somebody there, and decides nothing */
    choices: z.array(Choice).min(2).max(8).optional(),
    clientId: z.string().min(1),
    /** for client_secret_basic; sealed */
    clientSecret: Sealed.optional(),
    /** for private_key_jwt: a private JWK with `alg`, as JSON text; sealed */
    privateKey: Sealed.optional(),
    /** what the provider sends as a bearer token over SCIM 2.0; sealed; without it there is no SCIM */
    scimToken: Sealed.optional(),
    /** the SCIM attribute that names a person, and what it is: `sub` of her id_tokens, or her member number */
    scimPerson: z
      .strictObject({
        attribute: z.enum(['externalId', 'userName']).default('externalId'),
        is: z.enum(['subject', 'number']).default('subject'),
      })
      .prefault({}),
    /** what a back-channel logout ends: the sessions, or the connections of apps as well */
    backChannelLogout: z.enum(['sessions', 'everything']).default('sessions'),
    scope: z.string().default('openid profile'),
    idTokenAlg: z.enum(['RS256', 'PS256', 'ES256', 'EdDSA']).default('RS256'),
    /** the claim with the plan's number of the member; dots lead into claims within claims */
    memberClaim: z.string().min(1),
    /** the form of the number */
    memberNumber: z
      .strictObject({
        /** a number of fewer digits gets zeros in front, which a provider has lost that keeps numbers */
        digits: z.int().min(1).max(64).optional(),
        /** are upper and lower case the same? */
        ignoreCase: z.boolean().default(false),
        /**
         * the claim in which a broker says which of the plan's providers somebody comes from. Its value and a colon stand
         * in front of the number, so that one provider cannot name the members of another.
         */
        providerClaim: z.string().min(1).optional(),
      })
      .prefault({}),
    /** a person who had a login with a password keeps its account, with her consents, at her first login over there */
    keepPasswordLogins: z.boolean().default(false),
    /** does a repair of a link need a second administrator? */
    fourEyes: z.boolean().default(false),
    /** may the plan's portal open launches by member number? */
    launchByNumber: z.boolean().default(false),
    /** may the plan's portal open launches by an id_token of this provider? `audiences`: the portal's client ids there */
    launchByIdToken: z.strictObject({ audiences: z.array(z.string().min(1)).min(1) }).optional(),
    /** ask the userinfo endpoint too, for claims that are not in the id_token */
    userinfo: z.boolean().default(false),
    /** claims that must have this value, or one of these, for example how the person's identity was proven */
    require: z.record(z.string(), Value.or(z.array(Value).min(1))).default({}),
    /** who is an auditor of the plan: a claim, such as a group, and the values of which one is enough */
    auditors: z.strictObject({ claim: z.string().min(1), values: z.array(Value).min(1) }).optional(),
    /**
     * who may administer the plan over HTTP: a claim of a token of this provider, and the values of which one is enough;
     * `audience`: the token's, which is for this API alone
     */
    administrators: z
      .strictObject({
        claim: z.string().min(1),
        values: z.array(Value).min(1),
        audience: z.string().min(1),
      })
      .optional(),
    /** how the provider says that a second factor was used: one of these values is enough */
    secondFactor: z
      .strictObject({
        acr: z.array(z.string().min(1)).optional(),
        amr: z.array(z.string().min(1)).optional(),
      })
      .refine((claims) => (claims.acr ?? claims.amr) !== undefined, 'needs acr or amr')
      .optional(),
  })
  .refine(({ clientSecret, privateKey }) => (clientSecret === undefined) !== (privateKey === undefined), {
    message: 'needs either clientSecret or privateKey',
  });
export type FederationSettings = z.infer<typeof FederationSettings>;

/** Are upper and lower case of a member number the same to the plan? */
export const ignoresCase = (federation: Pick<FederationSettings, 'memberNumber'> | undefined): boolean =>
  federation?.memberNumber.ignoreCase ?? false;

const sealingKey = (masters: Keys): Keys => deriveKeys(masters, 'federation');
const contextOf = (tenant: string, name: string): string => `${tenant}/federation/${name}`;

/**
 * Seals the secrets of settings that an administrator wrote; sealed values stay.
 *
 * @param settings all settings of a tenant, not yet checked
 * @throws ActRefused
 */
export function sealSecrets(masters: Keys, tenant: string, settings: unknown): unknown {
  const federation = (settings as { federation?: Record<string, unknown> } | null)?.federation;
  if (typeof federation !== 'object' || federation === null) return settings;
  const sealed = SECRETS.flatMap((name) => {
    const value = federation[name];
    if (typeof value !== 'string' || value.startsWith(SEALED)) return [];
    if (name === 'scimToken' && value.length < MIN_SCIM_TOKEN_CHARACTERS)
      throw new ActRefused(`federation.scimToken: needs ${MIN_SCIM_TOKEN_CHARACTERS} characters or more`);
    const bytes = seal(sealingKey(masters), contextOf(tenant, name), value);
    return [[name, `${SEALED}${bytes.toString('base64url')}`] as const];
  });
  return { ...(settings as object), federation: { ...federation, ...Object.fromEntries(sealed) } };
}

/** @returns the same settings, with their secrets sealed by the first master key, whichever sealed them before */
export const resealSecrets = (masters: Keys, tenant: string, settings: unknown): unknown =>
  sealSecrets(
    masters,
    tenant,
    mapSecrets(settings, (name, value) => openSecret(masters, tenant, name as Secret, String(value))),
  );

/** What stands in the place of a secret that is not shown. */
const HIDDEN = '(sealed)';

function mapSecrets(settings: unknown, change: (name: string, value: unknown) => unknown): unknown {
  const federation = (settings as { federation?: Record<string, unknown> } | null)?.federation;
  if (typeof federation !== 'object' || federation === null) return settings;
  const present = SECRETS.filter((name) => federation[name] !== undefined);
  const changed = present.map((name) => [name, change(name, federation[name])] as const);
  return { ...(settings as object), federation: { ...federation, ...Object.fromEntries(changed) } };
}

/** Settings for somebody to read. They can be given to `tenant configure` again: see {@link keepSecrets}. */
export const withoutSecrets = (settings: unknown): unknown => mapSecrets(settings, () => HIDDEN);

/** Secrets that were not shown stay as they are. @throws ActRefused when there is none to keep */
export function keepSecrets(written: unknown, stored: unknown): unknown {
  const before = (stored as { federation?: Record<string, unknown> } | null)?.federation ?? {};
  return mapSecrets(written, (name, value) => {
    if (value !== HIDDEN) return value;
    if (before[name] === undefined) throw new ActRefused(`federation.${name}: there is none to keep`);
    return before[name];
  });
}

/** @throws Error when the value was sealed for another tenant or with another key */
export function openSecret(masters: Keys, tenant: string, name: Secret, sealed: string): string {
  const bytes = Buffer.from(sealed.slice(SEALED.length), 'base64url');
  return unseal(sealingKey(masters), contextOf(tenant, name), bytes);
}
