/** Requests for the trail outside the FHIR API. They are decided and recorded like a search of AuditEvents. */
import { hash } from 'node:crypto';
import { definitions, forbidden, type OperationError, unavailable } from '@patient-access/fhir';
import { type AccessEvent, EMPTY_BODY_HASH, MAX_TRAIL_PATIENTS } from '@patient-access/events';
import { toAccessEvent, type Engine } from '@patient-access/fhir-store';
import { bindingHeaders, CLIENT_ADDRESS_HEADER } from '@patient-access/internal-api';
import { noteRecorded } from '@patient-access/platform';
import { decide, type AccessDecision, type TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import { VERSION } from './stored-event.ts';

const TYPE = 'AuditEvent';

export type TrailRequest = FastifyRequest<{ Params: { tenant: string } }> & { user: TokenClaims };

/** The body of a response, and the number of AuditEvents that it is made of. */
export interface TrailResponse {
  body: Buffer;
  events: number;
  /** ids of the AuditEvents that it shows one by one */
  shown?: readonly string[];
}

/** A response that is sent while it is made. It has two events: one before its first byte, and one after its last. */
export interface StreamedTrail {
  stream: 'begun' | 'complete' | 'interrupted';
  /** number of AuditEvents that it was made of so far */
  events: number;
  /** SHA-256 of what was sent, hex */
  bodyHash: string;
  /** where each lane ended for it */
  upto: string;
  /** Patient ids of those whose events were read so far */
  members: ReadonlySet<string>;
}

/** The reason in the event of a stream that is not complete says so. */
const REASONS = { begun: 'stream-begun', interrupted: 'stream-interrupted' } as const;

/**
 * @returns the decision: whose trail the caller may see
 * @throws OperationError 403 when the caller may see none, or only a part (granular scope)
 */
export function decideTrailAccess({
  user,
  params: { tenant },
}: TrailRequest): Extract<AccessDecision, { allowed: true }> {
  const { namedOnly = false, forAuditors = false } = definitions.get(TYPE) ?? {};
  const interaction = 'search-type';
  const decision = decide(user, {
    interaction,
    type: TYPE,
    namedOnly,
    forAuditors,
    isReferenceData: false,
    tenant,
  });
  if (!decision.allowed) throw forbidden(decision.reason);
  // A summary of a part would look like a summary of everything, so a granular scope is not enough.
  const whole = decision.granularFilters.some((filters) => filters.length === 0);
  if (!whole) throw forbidden('scope-insufficient');
  return decision;
}

export const queryString = ({ url }: TrailRequest): string => url.split(/\?(.*)/s)[1] ?? '';

/** An AuditEvent never changes, so each has one version. */
const shownIn = (result: TrailResponse | StreamedTrail) =>
  'shown' in result ? (result.shown ?? []).map((id) => ({ type: TYPE, id, version: VERSION })) : [];

const ofStream = ({ stream, upto, members }: StreamedTrail): Pick<AccessEvent, 'trail' | 'reason'> => ({
  trail: { upto, members: members.size, patients: [...members].slice(0, MAX_TRAIL_PATIENTS) },
  ...(stream !== 'complete' && { reason: REASONS[stream] }),
});

/** The answer to a HEAD has no body, whatever was made of it. */
function sentHash(method: string, result: TrailResponse | StreamedTrail): string {
  if (method === 'HEAD') return EMPTY_BODY_HASH;
  return 'body' in result ? hash('sha256', result.body, 'hex') : result.bodyHash;
}

/**
 * Records a disclosure or a refusal. The caller sends nothing before this resolves.
 *
 * @param path the path that the AuditEvent names
 * @throws OperationError 503 when the event could not be recorded
 */
export async function recordTrailAccess(
  engine: Engine,
  incoming: TrailRequest,
  path: string,
  result: TrailResponse | StreamedTrail | { refused: OperationError },
): Promise<void> {
  const request = {
    ...{ requestId: incoming.id, tenant: incoming.params.tenant, method: incoming.method, path },
    ...{ parameters: { query: queryString(incoming) }, conditions: {} },
    address: String(incoming.headers[CLIENT_ADDRESS_HEADER] ?? incoming.ip),
  };
  const disclosure =
    'refused' in result
      ? result
      : {
          ...{ interaction: 'search-type', type: TYPE, counts: { [TYPE]: result.events } },
          bodyHash: sentHash(incoming.method, result),
          versions: shownIn(result),
        };
  const event = toAccessEvent(engine.owner, request, incoming.user, disclosure);
  await engine
    .record({
      ...event,
      ...('stream' in result && ofStream(result)),
    })
    .catch((cause: unknown) => {
      throw unavailable(cause);
    });
  noteRecorded(incoming, { isRefusal: 'refused' in result });
}

/** The headers that tell the caller which request and which member the response belongs to. */
export const bindingOf = ({ id, user }: TrailRequest) => bindingHeaders({ requestId: id, subject: user });
