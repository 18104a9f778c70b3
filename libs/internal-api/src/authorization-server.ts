/**
 * The calls of the gateway to auth-service. Every call except the discovery document sends {@link
 * gatewayAuthorization}.
 */
import { z } from 'zod';

/** Path of a tenant's issuer. Its endpoints and its key set are below it. */
export const issuerPath = (tenant: string): string => `/auth/${tenant}/oauth2/v1`;

/** The key set of an issuer (RFC 7517), with which an owner verifies introspection JWTs. */
export const jwksPath = (tenant: string): string => `${issuerPath(tenant)}/keys`;

/** GET: the SMART configuration of a tenant as JSON; 404 for an unknown tenant. */
export const SMART_CONFIGURATION_PATH = '/:tenant/smart-configuration';

/** GET: 200 with {@link PlanDescription}; 404 for an unknown tenant. */
export const PLAN_PATH = '/internal/:tenant/plan';

/** Who runs a tenant's FHIR base, for its CapabilityStatement. */
export const PlanDescription = z.object({
  /** as members know the plan */
  name: z.string(),
  /** home page */
  website: z.string().optional(),
  /** for app developers: a page, or an address for email */
  developerContact: z.string().optional(),
});
export type PlanDescription = z.infer<typeof PlanDescription>;

/**
 * POST of an {@link IntrospectionRequest}: 200 with an introspection JWT (RFC 9701) when the token is live at the tenant,
 * otherwise 204.
 */
export const INTROSPECTION_PATH = '/internal/:tenant/introspection';

export const IntrospectionRequest = z.object({ token: z.string() });
export type IntrospectionRequest = z.infer<typeof IntrospectionRequest>;

/**
 * GET with the cookies of a browser: 200 with an introspection JWT when an auditor of the tenant is logged in there.
 * 401 when nobody is logged in, and 403 when the person is not an auditor.
 */
export const AUDITOR_SESSION_PATH = '/internal/:tenant/auditor-session';

const MAX_PROOF_CHARACTERS = 256;

/**
 * POST of a {@link ProofUse}: 204 for the first use of the proof at any gateway, 409 for every later use (RFC 9449
 * section 11.1).
 */
export const PROOF_USES_PATH = '/internal/:tenant/dpop-proofs';

/** A DPoP proof, identified by the thumbprint of its key and its own id. */
export const ProofUse = z.object({
  jkt: z.string().max(MAX_PROOF_CHARACTERS),
  jti: z.string().max(MAX_PROOF_CHARACTERS),
});
export type ProofUse = z.infer<typeof ProofUse>;

/** GET with an {@link OriginQuery}: 204 when a client of the tenant has pages at the origin, otherwise 404. */
export const ORIGINS_PATH = '/internal/:tenant/origins';

export const OriginQuery = z.object({
  /** scheme, host and port (RFC 6454 section 7) */
  origin: z.string(),
});
export type OriginQuery = z.infer<typeof OriginQuery>;

/**
 * GET: a stream of server-sent events that does not end by itself. Each `data` is a {@link RevocationNotice}. A
 * comment every two seconds shows that the stream is alive. auth-service ends the stream when notices may have been
 * missed. The gateway then drops everything that it has cached, and connects again.
 */
export const REVOCATIONS_PATH = '/internal/revocations';

/** What is revoked: everything of a tenant, or what the further fields name. */
export const RevocationNotice = z.object({
  tenant: z.string(),
  /** one access token */
  jti: z.string().optional(),
  grantId: z.string().optional(),
  /** everything of a login */
  sub: z.string().optional(),
  /** everything of an app */
  clientId: z.string().optional(),
});
export type RevocationNotice = z.infer<typeof RevocationNotice>;

const MAX_DENIALS = 10_000;
const MAX_TEXT_CHARACTERS = 64;

/** POST of {@link DenialCounts}: 204 when all of them are recorded. */
export const DENIALS_PATH = '/internal/denials';

/**
 * Counts of refused requests that no owner has seen. Each count becomes one event, so that a flood of refusals does
 * not become a flood of events (case A16).
 */
export const DenialCounts = z
  .array(
    z.object({
      tenant: z.string(),
      /** network address of the callers; `other` for the addresses beyond the number that is counted separately */
      address: z.string().max(MAX_TEXT_CHARACTERS),
      reason: z.string().max(MAX_TEXT_CHARACTERS),
      count: z.number().int().positive(),
      /** when the first of them was refused, ISO 8601 */
      since: z.iso.datetime(),
    }),
  )
  .max(MAX_DENIALS);
export type DenialCounts = z.infer<typeof DenialCounts>;
export type DenialCount = DenialCounts[number];
