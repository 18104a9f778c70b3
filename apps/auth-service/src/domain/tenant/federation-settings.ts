/** Settings of a plan's own identity provider, a part of the tenant's settings. */
import { z } from 'zod';
import { deriveKey, unseal, seal } from '../keys/secrets.ts';

const SEALED = 'sealed:';
/** Settings whose values are sealed before they are stored. They are never shown. */
const SECRETS = ['clientSecret', 'privateKey', 'scimToken'] as const;
const MIN_SCIM_TOKEN_CHARACTERS = 32;

const Sealed = z.string().startsWith(SEALED, 'is not sealed: set it with `tenant configure`');

export const FederationSettings = z
  .strictObject({
    /** issuer identifier; requests go to its host and to no other */
    issuer: z.url({ protocol: /^https?$/ }),
    /** its name on the button */
    name: z.string().min(1).max(60),
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
    /** the claim of the id_token that holds the plan's number of the member */
    memberClaim: z.string().min(1),
    /** claims that must have these values, for example how the person's identity was proven */
    require: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])).default({}),
  })
  .refine(({ clientSecret, privateKey }) => (clientSecret === undefined) !== (privateKey === undefined), {
    message: 'needs either clientSecret or privateKey',
  });
export type FederationSettings = z.infer<typeof FederationSettings>;

const sealingKey = (master: Buffer): Buffer => deriveKey(master, 'federation');
const contextOf = (tenant: string, name: string): string => `${tenant}/federation/${name}`;

/**
 * Seals the secrets of settings that an administrator wrote; sealed values stay.
 *
 * @param settings all settings of a tenant, not yet checked
 */
export function sealSecrets(master: Buffer, tenant: string, settings: unknown): unknown {
  const federation = (settings as { federation?: Record<string, unknown> } | null)?.federation;
  if (typeof federation !== 'object' || federation === null) return settings;
  const sealed = SECRETS.flatMap((name) => {
    const value = federation[name];
    if (typeof value !== 'string' || value.startsWith(SEALED)) return [];
    if (name === 'scimToken' && value.length < MIN_SCIM_TOKEN_CHARACTERS)
      throw new Error(`federation.scimToken: needs ${MIN_SCIM_TOKEN_CHARACTERS} characters or more`);
    const bytes = seal(sealingKey(master), contextOf(tenant, name), value);
    return [[name, `${SEALED}${bytes.toString('base64url')}`] as const];
  });
  return { ...(settings as object), federation: { ...federation, ...Object.fromEntries(sealed) } };
}

/** @throws Error when the value was sealed for another tenant or with another key */
export function openSecret(
  master: Buffer,
  tenant: string,
  name: (typeof SECRETS)[number],
  sealed: string,
): string {
  const bytes = Buffer.from(sealed.slice(SEALED.length), 'base64url');
  return unseal(sealingKey(master), contextOf(tenant, name), bytes);
}
