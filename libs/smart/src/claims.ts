import { z } from 'zod';

/** http://hl7.org/fhir/R4/datatypes.html#id */
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** The longest delay that an app can request in the sandbox. */
export const MAX_SLOW_MILLISECONDS = 20_000;

/**
 * The claims of an access token: the claim `token_introspection` of a signed introspection response (RFC 9701 section
 * 5), with the SMART launch context beside the members of RFC 7662. A service believes nothing else about a caller.
 */
export const TokenClaims = z.object({
  active: z.literal(true),
  iss: z.url(),
  /** the tenant's FHIR base URL */
  aud: z.url(),
  /** tenant id, as in the FHIR base */
  tenant: z.string().min(1),
  client_id: z.string().min(1),
  client_name: z.string().optional(),
  /** the login, opaque; for a backend service its client id (RFC 9068 section 2.2) */
  sub: z.string().min(1),
  scope: z.string(),
  /** seconds since the epoch */
  exp: z.number().int(),
  iat: z.number().int(),
  jti: z.string().min(1),
  /** the grant of the member; for a backend service its client id, because the plan's registration is its grant */
  grant_id: z.string().min(1),
  /** logical id of the Patient that the grant is for; a token never changes its member */
  patient: z.string().regex(FHIR_ID).optional(),
  /** sensitivity labels that the member released (libs/fhir, sensitivity.ts); data with other labels is withheld */
  sensitive: z.array(z.string()).optional(),
  /** set where some of that is under 42 CFR Part 2: its labels and categories, and the time of the consent (ISO 8601) */
  part2: z
    .object({
      labels: z.array(z.string()),
      categories: z.array(z.string()),
      from: z.iso.datetime(),
      until: z.iso.datetime(),
    })
    .optional(),
  /** set for our own pages of a member, from which nothing of the trail is withheld; no token of an app has it */
  whole_record: z.literal(true).optional(),
  /** resource types that the plan offers; absent: all */
  types: z.array(z.string()).optional(),
  /** relative or absolute reference to the person who logged in */
  fhirUser: z.string().optional(),
  /** the role of a login that is not a member; an auditor reads the audit trail of all members and nothing else */
  role: z.literal('auditor').optional(),
  /** the name of a login with a role (RFC 7662), for the audit trail */
  username: z.string().optional(),
  /**
   * the key to which the token is bound; the token is not accepted without a proof by this key (RFC 9449 section 6)
   */
  cnf: z.object({ jkt: z.string() }).optional(),
  /**
   * launch context (SMART, "Launch context arrives with your access_token") for clients that introspect; no decision
   * uses it
   */
  need_patient_banner: z.boolean().optional(),
  /** objects as in SMART 2.1, or relative references (2.0) for a client that wants these */
  fhirContext: z.array(z.union([z.string(), z.looseObject({})])).optional(),
  intent: z.string().optional(),
  smart_style_url: z.url().optional(),
  /** for the gateway, at preview tenants only: the fault that the app has set for itself, to test how it copes */
  sandbox: z
    .object({
      /** answer 429 and this `Retry-After`, in seconds */
      retry_after: z.int().positive().optional(),
      /** wait before answering, until that time (seconds since the epoch) */
      slow_ms: z.int().positive().max(MAX_SLOW_MILLISECONDS).optional(),
      slow_until: z.number().optional(),
    })
    .optional(),
});
export type TokenClaims = z.infer<typeof TokenClaims>;

/** Does the client act in its own name, not for a person (SMART App Launch, "Backend Services")? */
export function isBackendService({
  sub,
  client_id: client,
}: Pick<TokenClaims, 'sub' | 'client_id'>): boolean {
  return sub === client;
}

const OWN_PATIENT = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})$/;

/**
 * Whose data a token opens: the record of its member, or nothing but the Patient who logs in, whom `fhirUser` names (ADR 65).
 *
 * @returns undefined: nobody's
 */
export const openedMember = ({ patient, fhirUser = '' }: Pick<TokenClaims, 'patient' | 'fhirUser'>) =>
  patient ?? OWN_PATIENT.exec(fhirUser)?.[1];

/**
 * What the notice of 42 CFR Part 2 says of the consent (`Part2Release` of libs/fhir). An owner writes the notice, and the gateway
 * looks for the same bytes.
 *
 * @returns undefined where nothing under Part 2 was released
 */
export function part2ReleaseOf({ part2, grant_id: grant, scope }: TokenClaims) {
  if (!part2) return undefined;
  const { categories, from, until } = part2;
  return { grant, scope, categories, from, until };
}

/** @param fhirUser address of a person, absolute or relative @returns its type and id, as in `Patient/1` */
export const personReference = (fhirUser: string): string => fhirUser.split('/').slice(-2).join('/');

/** JOSE `typ` of a signed introspection response (RFC 9701 section 5). */
export const INTROSPECTION_JWT_TYPE = 'token-introspection+jwt';

/** The audience that auth-service puts into signed introspection responses: the gateway's client id. */
export const GATEWAY_CLIENT_ID = 'fhir-gateway';

/**
 * How long a verifier uses the issuer's keys that it has fetched. A rotation publishes the next key at least this
 * long before it signs with it.
 */
export const KEY_CACHE_SECONDS = 600;
