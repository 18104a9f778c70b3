/**
 * The calls of the gateway to auth-service. Every call except the discovery document sends {@link
 * gatewayAuthorization}.
 */
import { AttemptReport, MAX_ATTEMPT_REQUEST_CHARACTERS } from '@patient-access/events';
import { DEFAULT_GUIDE_SET, GUIDE_SETS, PUBLICATIONS } from '@patient-access/fhir';
import { z } from 'zod';

/** Path of a tenant's issuer. Its endpoints and its key set are below it. */
export const issuerPath = (tenant: string): string => `/auth/${tenant}/oauth2/v1`;

/** The key set of an issuer (RFC 7517), with which an owner verifies introspection JWTs. */
export const jwksPath = (tenant: string): string => `${issuerPath(tenant)}/keys`;

/** GET: the SMART configuration of a tenant as JSON; 404 for an unknown tenant. */
export const SMART_CONFIGURATION_PATH = '/:tenant/smart-configuration';

/** What a plan allows in a minute, each left out where the operator's number holds (ADR 104). */
export const RequestsPerMinute = z.object({
  /** of one app for one member */
  grant: z.int().positive().optional(),
  /** of one app for all its members */
  app: z.int().positive().optional(),
  /** of all apps together */
  plan: z.int().positive().optional(),
});
export type RequestsPerMinute = z.infer<typeof RequestsPerMinute>;

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
  /** what it publishes for everybody, without a login */
  publications: z.array(z.enum(PUBLICATIONS)).default([]),
  /** the set of guides that its data follows */
  guides: z.enum(GUIDE_SETS).default(DEFAULT_GUIDE_SET),
  /** how often its callers may ask, where it allows less than the operator */
  requestsPerMinute: RequestsPerMinute.optional(),
});
export type PlanDescription = z.infer<typeof PlanDescription>;

/**
 * GET: 200 with an introspection JWT for whoever reads what the plan publishes without a login; 404 when the plan does not
 * publish it. It opens the tenant of this publication and no other.
 */
export const PUBLICATION_PATH = '/internal/:tenant/publications/:publication';

/**
 * POST of an {@link IntrospectionRequest}: 200 with an introspection JWT (RFC 9701) when the token is live at the tenant,
 * otherwise 204. Where the token was once issued there, auth-service records the request that came with it, and says so in
 * {@link REFUSAL_RECORDED_HEADER}.
 */
export const INTROSPECTION_PATH = '/internal/:tenant/introspection';

/** On a 204: the refusal of the request is in the trail, and nobody else counts it. */
export const REFUSAL_RECORDED_HEADER = 'x-refusal-recorded';

export const IntrospectionRequest = z.object({
  token: z.string(),
  /** method and path of the request that came with it, for the trail; the query is left out */
  request: z.string().max(MAX_ATTEMPT_REQUEST_CHARACTERS).optional(),
});
export type IntrospectionRequest = z.infer<typeof IntrospectionRequest>;

/**
 * POST of a {@link RenewalRequest}: 200 with {@link Renewals}. The gateway asks about tokens whose answers it still uses,
 * before these are too old. No request of a client comes with it, so nothing is recorded.
 */
export const RENEWALS_PATH = '/internal/:tenant/introspections';

/** The most tokens of one {@link RenewalRequest}. */
export const MAX_RENEWALS = 100;

export const RenewalRequest = z.object({ tokens: z.array(z.string()).max(MAX_RENEWALS) });
export type RenewalRequest = z.infer<typeof RenewalRequest>;

/**
 * For each token, in the order of the request: its introspection JWT. Null when it is not live at the tenant, or when
 * auth-service has to be asked about it with its next request.
 */
export const Renewals = z.array(z.string().nullable());
export type Renewals = z.infer<typeof Renewals>;

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
 *
 * Who names itself in {@link REPLICA_ID_HEADER} also gets, again and again, an event {@link REPLICAS_EVENT} whose `data` is
 * the number of gateways that hold such a stream, at all replicas of auth-service together.
 */
export const REVOCATIONS_PATH = '/internal/revocations';

/** The UUID of the process that asks. */
export const REPLICA_ID_HEADER = 'x-replica-id';

/** Name of the server-sent event that says how many gateways live. */
export const REPLICAS_EVENT = 'replicas';

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

const MAX_REPORTS = 10_000;

/**
 * POST of {@link AttemptReports}: 204 when all of them are recorded. Attempts at a plan that does not exist are recorded
 * in the trail of no plan.
 */
export const ATTEMPTS_PATH = '/internal/attempts';

/**
 * What became of requests that the gateway answered by itself, and of answers that broke off. A flood of refusals does
 * not become a flood of events (case A16): most of them are counted.
 */
export const AttemptReports = z.array(AttemptReport).max(MAX_REPORTS);
export type AttemptReports = z.infer<typeof AttemptReports>;
