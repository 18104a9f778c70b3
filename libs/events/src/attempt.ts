/** Access attempts that no event of a handler is about: refusals, and answers that broke off. */
import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';
import { isBackendService, openedMember, type TokenClaims } from '@patient-access/smart';
import { AccessEvent, MAX_TEXT_CHARACTERS } from './access-event.ts';
import { MAX_COUNTED, REASON } from './arriving.ts';

/**
 * The trail of requests that name no plan which exists: paths that are nothing, requests that are no HTTP. It is kept,
 * chained and verified like the trail of a plan, and no plan can have this id.
 */
export const NO_PLAN = 'no-plan';

/** Reasons of a request with an access token that was once issued here: its own end came, or it was ended before. */
export const TOKEN_ENDS = ['token-expired', 'token-ended'] as const;
export type TokenEnd = (typeof TOKEN_ENDS)[number];

/** Who sent a request, as far as it is known. */
export const AttemptCaller = AccessEvent.pick({
  client: true,
  user: true,
  member: true,
  grantId: true,
  token: true,
  released: true,
})
  .partial()
  .strip();
export type AttemptCaller = z.infer<typeof AttemptCaller>;

type CallerClaims = Pick<
  TokenClaims,
  | 'client_id'
  | 'client_name'
  | 'iss'
  | 'sub'
  | 'fhirUser'
  | 'username'
  | 'grant_id'
  | 'jti'
  | 'patient'
  | 'sensitive'
  | 'whole_record'
>;

/** A text of somebody else, cut, and without control characters and ends of lines (security case A13). */
export const recordedText = (text: string, maxCharacters = MAX_TEXT_CHARACTERS): string =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, maxCharacters);

/** What a caller is called. */
const named = (name: string | undefined) => name && { name: recordedText(name) };

/**
 * Who holds a token, or is logged in at a page of ours. A backend service has no login and no grant. The labels are those that
 * were released to an app of a member: from everybody else nothing is withheld.
 */
export function callerOfClaims(claims: CallerClaims): AttemptCaller {
  const { iss, sub, fhirUser, username, sensitive = [] } = claims;
  const member = openedMember(claims);
  const user = { iss, sub, ...(fhirUser && { fhirUser }), ...named(username) };
  return {
    client: { id: claims.client_id.slice(0, MAX_TEXT_CHARACTERS), ...named(claims.client_name) },
    ...(!isBackendService(claims) && { user, grantId: claims.grant_id }),
    token: claims.jti,
    ...(member && { member }),
    ...(member && !claims.whole_record && { released: sensitive }),
  };
}

const MAX_ADDRESS_CHARACTERS = 64;

/** The method and path of an attempt are cut to this length. They come without the query, which may have a value of the member. */
export const MAX_ATTEMPT_REQUEST_CHARACTERS = 512;

/** What became of one access attempt, or of several that are counted together. */
export const AttemptReport = z.object({
  tenant: z.string().regex(TENANT_ID),
  /** network address of the callers; `other` beyond the number of addresses that is counted separately */
  address: z.string().max(MAX_ADDRESS_CHARACTERS),
  reason: z.string().max(MAX_ADDRESS_CHARACTERS).regex(REASON),
  outcome: z.enum(['0', '4', '8', '12']),
  /** method and route of the request; left out where attempts at several routes are counted together */
  request: z.string().max(MAX_ATTEMPT_REQUEST_CHARACTERS).optional(),
  /** of the one request that this is about; left out where several are counted */
  requestId: z.uuid().optional(),
  /** set where the answer broke off, and was not refused */
  interrupted: z.literal(true).optional(),
  count: z.number().int().positive().max(MAX_COUNTED),
  /** when the first of them was answered, ISO 8601 with milliseconds, UTC: `recorded` of the event */
  since: z.iso.datetime({ precision: 3 }),
  caller: AttemptCaller.optional(),
});
export type AttemptReport = z.infer<typeof AttemptReport>;

/**
 * @param service that was asked, and the part of it that reports: `claims-service/edge`
 * @param requestId for the event of several requests
 */
export function eventOfAttempt(report: AttemptReport, service: string, requestId: string): AccessEvent {
  const { tenant, address, reason, outcome, request, count, since, caller } = report;
  const counted = report.requestId === undefined;
  const sum =
    outcome === '0'
      ? ({ kind: 'published-reads', action: 'read', count } as const)
      : ({ kind: 'denied-attempts', action: 'deny', count } as const);
  return {
    requestId: report.requestId ?? requestId,
    service,
    tenant,
    recorded: since,
    ...(counted ? sum : ({ kind: 'attempt', action: report.interrupted ? 'interrupt' : 'refuse' } as const)),
    outcome,
    ...(outcome !== '0' && { reason }),
    ...caller,
    address,
    ...(request !== undefined && { request }),
  };
}
