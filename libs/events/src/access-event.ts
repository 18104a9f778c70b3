import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';

/** Where access events go; the key is {@link partitionKey}. */
export const ACCESS_EVENT_TOPIC = 'patient-access.access-events';
/** Messages that audit-service cannot store, kept whole for a person to look at. */
export const ACCESS_EVENT_DEAD_LETTER_TOPIC = 'patient-access.access-events.dead-letter';

/** AuditEvent.outcome (http://terminology.hl7.org/CodeSystem/audit-event-outcome). */
const Outcome = z.enum(['0', '4', '8', '12']);

/** Anything that a client may choose (user agents, query strings) is cut to this before it is recorded. */
export const MAX_TEXT_CHARACTERS = 512;
const MAX_REQUEST_CHARACTERS = 4_096;
/**
 * No token has a longer scope, also where a wildcard of which one kind was unchecked names all types of the others: the
 * internal credential, which carries it, has to fit into the 16 KiB that an HTTP request has for its headers.
 */
export const MAX_SCOPE_CHARACTERS = 8_192;
const MAX_CATEGORIES = 32;
const SHA_256 = /^[0-9a-f]{64}$/;

/**
 * One fact for the audit trail: who asked for what, and what came of it. Carries no clinical content: types and
 * counts, never values (security rule D15). Unique by (`requestId`, `service`).
 */
export const AccessEvent = z.strictObject({
  /** X-Request-ID of the request, minted by the gateway (UUID) */
  requestId: z.uuid(),
  /** the recording service; a request that asks several owners leaves one event per owner */
  service: z.string().min(1).max(64),
  tenant: z.string().regex(TENANT_ID),
  /** when it was decided, ISO 8601 with milliseconds, UTC */
  recorded: z.iso.datetime(),
  /**
   * `rest`: a FHIR interaction. `login`, `consent`, `token`: what happened at the authorization server.
   * `launch`: a payer's system opened a launch, an app used it, or it was refused (`open`, `use`, `refuse`).
   * `authorization`: requests that were refused without a redirect. `administration`: what was done to a client or a
   * registration token, by the plan (`user`) or by the client itself; `sandbox-…`: what an app did to its own grant.
   * `ingest`: data that was imported into a service, one event a transaction (`counts`). `trail`: what was done to the
   * audit trail itself (`hold-set`, `hold-lift`, `retention-set`, `drop`; `misdirected`: an event was sent to it under the
   * key of another tenant or member).
   * `denied-attempts`: refusals by the gateway itself (no token, none that is live, throttled in the sandbox), of one
   * minute from one address, counted (`count`).
   */
  kind: z.enum([
    'rest',
    'login',
    'consent',
    'token',
    'launch',
    'authorization',
    'administration',
    'ingest',
    'trail',
    'denied-attempts',
  ]),
  /**
   * FHIR restful-interaction code for `rest`; otherwise what was done: `issue`, `refresh`, `revoke` … Of a consent `grant`,
   * `change` (to an app that goes on having another one), `deny` or `revoke`.
   */
  action: z.string().min(1).max(64),
  outcome: Outcome,
  /**
   * code of the refusal or failure, e.g. `scope-insufficient`, `not-found`, `invalid-token`; of a consent's revocation
   * what led to it: `member`, `app`, `plan`, `password`
   */
  reason: z.string().max(64).optional(),
  /** `login` only: what it was tried with */
  method: z.enum(['password', 'totp', 'recovery-code', 'federation']).optional(),
  /** the member the token or login is for: AuditEvent.entity Patient. Never the member that was asked for. */
  member: z.string().min(1).max(64).optional(),
  client: z
    .object({ id: z.string().max(MAX_TEXT_CHARACTERS), name: z.string().max(MAX_TEXT_CHARACTERS).optional() })
    .optional(),
  /** `consent` `revoke`: who ended it; of the sandbox always the app */
  by: z.enum(['member', 'app', 'plan']).optional(),
  /** who logged in: issuer and subject, the FHIR reference of the person where known, and the login of an auditor */
  user: z
    .object({
      iss: z.string(),
      sub: z.string(),
      fhirUser: z.string().optional(),
      name: z.string().max(MAX_TEXT_CHARACTERS).optional(),
    })
    .optional(),
  grantId: z.string().max(128).optional(),
  /** jti of the access token */
  token: z.string().max(128).optional(),
  scope: z.string().max(MAX_SCOPE_CHARACTERS).optional(),
  /** `consent`: ids of the categories of sensitive data that the member released */
  sensitive: z.array(z.string().max(64)).max(MAX_CATEGORIES).optional(),
  /** `consent`: when what was agreed to ends, ISO 8601 */
  until: z.iso.datetime().optional(),
  /** `consent`: SHA-256 of the consent snapshot, hex; auth-service keeps the snapshot */
  snapshotSha256: z.string().regex(SHA_256).optional(),
  /** network address of the client, as the gateway saw it */
  address: z.string().max(64).optional(),
  /** `rest`: method and path with query, relative to the FHIR base; `trail`: what exactly was done */
  request: z.string().max(MAX_REQUEST_CHARACTERS).optional(),
  /** FHIR type that was asked for */
  type: z.string().max(64).optional(),
  /** read: the resource that was disclosed, `Type/id` with its version; absent on refusals */
  resource: z.object({ reference: z.string(), version: z.string() }).optional(),
  /** resources disclosed, by type */
  counts: z.record(z.string(), z.number().int().nonnegative()).optional(),
  /** `denied-attempts`: how many; `trail` `drop`: how many records */
  count: z.number().int().positive().optional(),
  /** SHA-256 of the body that was sent, hex */
  bodyHash: z.string().regex(SHA_256).optional(),
});
export type AccessEvent = z.infer<typeof AccessEvent>;

/** Events of one member stay in order. What is about nobody has the tenant's own place. */
export const partitionKey = ({ tenant, member = '' }: Pick<AccessEvent, 'tenant' | 'member'>): string =>
  `${tenant}/${member}`;

/**
 * Reads what a relay delivered.
 *
 * @returns the event, or the reason why it is none (for the dead-letter topic)
 */
export function parseAccessEvent(text: string): { event: AccessEvent } | { invalid: string } {
  try {
    const result = AccessEvent.safeParse(JSON.parse(text));
    return result.success ? { event: result.data } : { invalid: z.prettifyError(result.error) };
  } catch (error) {
    return { invalid: `not JSON: ${String(error)}` };
  }
}
