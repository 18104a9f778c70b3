/** The metadata that a client may register (RFC 7591 section 2). Fields that are not named here are ignored. */
import { z } from 'zod';
import { plainText } from '../apps/app-name.ts';
import type { Answers } from '../applications/questions.ts';
import { parseInput } from '../parse-input.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { FHIR_CONTEXT_FORM, FHIR_CONTEXT_FORMS } from '../launch/client-metadata.ts';
import { Jwks } from './key-set.ts';
import { jwksUriProblem, mayReachLoopback } from './keys.ts';
import { nameProblem } from './name.ts';
import { isLoopback, isNativeRedirect, redirectUriProblem } from './redirect-uri.ts';
import { invalidMetadata, RegistrationError } from './registration-error.ts';

const MAX_REDIRECT_URIS = 10;
const MAX_URI_CHARACTERS = 512;
const MAX_CONTACTS = 5;
const MAX_CONTACT_CHARACTERS = 254;
const MAX_SCOPE_CHARACTERS = 4_096;

/** An address that can be shown to members: never `javascript:`, never with a password. */
function isWebPage(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && !url.username && !url.password;
}
/** An address on the developer's own machine, with plain HTTP. */
function isLoopbackPage(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && isLoopback(url) && !url.username && !url.password;
}
const Page = z.string().max(MAX_URI_CHARACTERS).refine(isWebPage, 'must be an https URL');

const Name = z.string().transform((text) => plainText(text));

/** Confidential clients authenticate with a key or a secret; the others prove themselves by PKCE alone. */
export const CLIENT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

export const CLIENT_CREDENTIALS = 'client_credentials';

/**
 * Field of a stored client with the `system/` scopes that the plan pre-authorized for it, separated by spaces (SMART
 * App Launch, "Backend Services"). oidc-provider does not know the name, so it does not use the value.
 */
export const SYSTEM_SCOPE = 'system_scope';

/**
 * Field of a client that says of itself that it keeps a notice against redisclosure, and the limits that it names, with
 * the records that it comes with (42 CFR § 2.32). An extension of RFC 7591.
 */
export const CARRIES_LIMITS = 'carries_redisclosure_limits';

/** Fields of a client that the plan has approved: see {@link Vouched}. */
export const MAKER_ANSWERS = 'maker_answers';
export const APPROVED_SCOPE = 'approved_scope';

/** Field of a client with the digest of the picture that members see (domain/logos). `logo_uri` is never fetched or shown. */
export const LOGO = 'logo';

/** A backend service is registered by the plan and authenticates with its key (SMART, item 113). */
const GRANT_TYPES = ['authorization_code', 'refresh_token', CLIENT_CREDENTIALS] as const;

/**
 * Settings of OpenID Connect Registration that have one possible value here. Another value cannot be ignored, so it
 * is refused.
 */
const FIXED = {
  id_token_signed_response_alg: z.literal('RS256').optional(),
  subject_type: z.literal('public').optional(),
  sector_identifier_uri: z.undefined('documents by reference are not fetched').optional(),
};

const Metadata = z.object({
  ...FIXED,
  // Not by `max`, which speaks of the characters of a text that comes in place of the list.
  redirect_uris: z
    .array(z.string(), 'must be a list of addresses')
    .refine(({ length }) => length <= MAX_REDIRECT_URIS, `at most ${MAX_REDIRECT_URIS} addresses`)
    .default([]),
  client_name: Name.optional(),
  /** the publisher; the app's own claim until the plan verifies it */
  publisher: Name.optional(),
  client_uri: Page.optional(),
  logo_uri: Page.optional(),
  policy_uri: Page.optional(),
  tos_uri: Page.optional(),
  contacts: z.array(z.email().max(MAX_CONTACT_CHARACTERS)).max(MAX_CONTACTS).optional(),
  /** the app's launch URL (SMART checklist item 26) */
  initiate_login_uri: z
    .string()
    .max(MAX_URI_CHARACTERS)
    .refine((text) => isWebPage(text) || isLoopbackPage(text), 'must be an https URL')
    .optional(),
  application_type: z.enum(['web', 'native']).optional(),
  token_endpoint_auth_method: z.enum(CLIENT_AUTH_METHODS).default('client_secret_basic'),
  grant_types: z.array(z.enum(GRANT_TYPES)).default(['authorization_code', 'refresh_token']),
  response_types: z.array(z.literal('code')).optional(),
  jwks: Jwks.optional(),
  jwks_uri: z.string().max(MAX_URI_CHARACTERS).optional(),
  default_max_age: z.int().nonnegative().optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  [FHIR_CONTEXT_FORM]: z.enum(FHIR_CONTEXT_FORMS).optional(),
  // Saying no is the same as saying nothing.
  [CARRIES_LIMITS]: z
    .boolean()
    .transform((carries) => carries || undefined)
    .optional(),
  /**
   * `system/` scopes that the plan has agreed to (SMART checklist item 114); not read when a client registers
   * itself
   */
  scope: z.string().max(MAX_SCOPE_CHARACTERS).optional(),
});

/** What the plan has verified; members see it as a fact. A client cannot set it. */
interface Vouched {
  verified: boolean;
  /** the one host of its redirect URIs and home page */
  verified_domain?: string;
  /** what the maker of an app answered when it applied (domain/applications) */
  [MAKER_ANSWERS]?: Answers;
  /** all that members can grant to an app that the plan has approved, space-separated */
  [APPROVED_SCOPE]?: string;
  /** kept by us, and looked at by the plan, or of a preview plan */
  [LOGO]?: string;
  /** a portal of the plan, which may open launches */
  may_launch?: boolean;
}

/** @returns what the plan has verified; a change of the other fields does not touch it */
export const vouchedIn = ({
  verified,
  verified_domain,
  maker_answers,
  approved_scope,
  logo,
  may_launch,
}: Vouched): { [Field in keyof Required<Vouched>]: Vouched[Field] } => ({
  verified,
  verified_domain,
  maker_answers,
  approved_scope,
  logo,
  may_launch,
});

/** As stored; the scope of {@link Metadata} is kept under {@link SYSTEM_SCOPE}. */
export type ClientMetadata = Omit<z.infer<typeof Metadata>, 'scope' | 'application_type' | 'response_types'> &
  Vouched & { application_type: 'web' | 'native'; response_types: 'code'[]; [SYSTEM_SCOPE]?: string };

/** Who registers, and at which plan. */
export interface Registrant {
  tenant: Pick<Tenant, 'name' | 'kind' | 'settings'>;
  /** true for the plan, which may choose any name and `system/` scopes */
  trusted: boolean;
  /** names of the other plans, for which no app may pass; not looked at when it is the plan that registers */
  otherPlans?: readonly string[];
}

type Parsed = z.infer<typeof Metadata>;

function checkRedirectUris({ redirect_uris }: Parsed, { tenant }: Registrant): void {
  for (const uri of redirect_uris) {
    const problem = redirectUriProblem(uri, tenant.settings.nativeApps);
    if (problem) throw new RegistrationError(400, 'invalid_redirect_uri', `redirect_uris ${problem}`);
  }
}

/** A launch address on the developer's own machine is for trials, so only preview plans accept it. */
function checkLaunchAddress({ initiate_login_uri: uri }: Parsed, { tenant }: Registrant): void {
  if (uri !== undefined && isLoopbackPage(uri) && tenant.kind !== 'preview')
    throw invalidMetadata(
      'initiate_login_uri must be an https URL: only preview plans accept http on loopback',
    );
}

function checkGrants(
  { grant_types, redirect_uris, token_endpoint_auth_method }: Parsed,
  trusted: boolean,
): void {
  const [members, itself] = [
    grant_types.includes('authorization_code'),
    grant_types.includes(CLIENT_CREDENTIALS),
  ];
  if (grant_types.length === 0 && !trusted) throw invalidMetadata('grant_types: at least one');
  if (itself && !trusted) throw invalidMetadata('grant_types: only the plan can register a backend service');
  if (itself && (members || token_endpoint_auth_method !== 'private_key_jwt'))
    throw invalidMetadata('grant_types: client_credentials must be the only one, with private_key_jwt');
  if (members !== redirect_uris.length > 0)
    throw new RegistrationError(
      400,
      'invalid_redirect_uri',
      'redirect_uris, a list of addresses, is needed for authorization_code, and allowed for nothing else',
    );
}

function checkKeys({ jwks, jwks_uri, token_endpoint_auth_method }: Parsed, { tenant }: Registrant): void {
  if (jwks && jwks_uri) throw invalidMetadata('jwks and jwks_uri exclude each other');
  if (token_endpoint_auth_method === 'private_key_jwt' && !jwks && !jwks_uri)
    throw invalidMetadata('private_key_jwt needs jwks or jwks_uri');
  const problem = jwks_uri && jwksUriProblem(jwks_uri, mayReachLoopback(tenant));
  if (problem) throw invalidMetadata(`jwks_uri ${problem}`);
}

function checkNames({ client_name, publisher }: Parsed, { tenant, trusted, otherPlans }: Registrant): void {
  if (trusted) return;
  const { brand } = tenant.settings;
  const own = [tenant.name, ...(brand?.aliases ?? []), ...(brand?.portal ? [brand.portal.name] : [])];
  const plans = { own, others: otherPlans ?? [] };
  for (const [field, name] of Object.entries({ client_name, publisher })) {
    const problem = name !== undefined && nameProblem(name, plans);
    if (problem) throw invalidMetadata(`${field} ${problem}`);
  }
}

/** A client asks for scopes at each launch. So what it says of them here is not even read, as any other field that is not kept. */
const ONLY_FROM_THE_PLAN = 'scope';

function parse(input: unknown, { trusted }: Registrant): Parsed {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalidMetadata('the body must be a JSON object');
  // RFC 7592 section 2.2: null means the same as a field that is left out.
  const given = Object.entries(input).filter(
    ([name, value]) => value !== null && value !== '' && (trusted || name !== ONLY_FROM_THE_PLAN),
  );
  return parseInput(Metadata, Object.fromEntries(given), ({ field, text }) =>
    field === 'redirect_uris'
      ? new RegistrationError(400, 'invalid_redirect_uri', text)
      : invalidMetadata(text),
  );
}

/**
 * Reads client metadata.
 *
 * @returns what is to be stored; it is not verified, whatever the client sends
 * @throws RegistrationError with a code of RFC 7591 section 3.2.2
 */
export function parseMetadata(input: unknown, registrant: Registrant): ClientMetadata {
  const parsed = parse(input, registrant);
  checkGrants(parsed, registrant.trusted);
  checkRedirectUris(parsed, registrant);
  checkKeys(parsed, registrant);
  checkLaunchAddress(parsed, registrant);
  checkNames(parsed, registrant);
  const { scope, application_type, ...rest } = parsed;
  const native = rest.redirect_uris.some(isNativeRedirect);
  return {
    ...rest,
    // The addresses decide: many libraries send `web` with an address on the member's own device.
    application_type: native ? 'native' : (application_type ?? 'web'),
    response_types: rest.grant_types.includes('authorization_code') ? ['code'] : [],
    ...(registrant.trusted && scope !== undefined && { [SYSTEM_SCOPE]: scope }),
    verified: false,
  };
}
