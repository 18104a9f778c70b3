/** Questions about the trail beside the FHIR API: decided like a search of AuditEvents, and recorded like one. */
import { hash } from 'node:crypto';
import { definitions, forbidden, type OperationError, unavailable } from '@patient-access/fhir';
import { toAccessEvent, type Engine } from '@patient-access/fhir-store';
import { bindingHeaders, CLIENT_ADDRESS_HEADER } from '@patient-access/internal-api';
import { decide, type AccessDecision, type TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';

const TYPE = 'AuditEvent';

export type TrailRequest = FastifyRequest<{ Params: { tenant: string } }> & { user: TokenClaims };

/** What is sent, and how many AuditEvents it is about. */
export interface TrailResponse {
  body: Buffer;
  events: number;
}

/**
 * @returns whose trail the caller may see, all of it
 * @throws OperationError 403
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
  // What a granular scope leaves is not what is added up here.
  const whole = decision.granularFilters.some((filters) => filters.length === 0);
  if (!whole) throw forbidden('scope-insufficient');
  return decision;
}

export const queryString = ({ url }: TrailRequest): string => url.split(/\?(.*)/s)[1] ?? '';

/**
 * Resolves when it is durable that this was disclosed, or refused: nothing is sent before.
 *
 * @param path what was asked for
 * @throws OperationError 503
 */
export async function recordTrailAccess(
  engine: Engine,
  incoming: TrailRequest,
  path: string,
  result: TrailResponse | { refused: OperationError },
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
          bodyHash: hash('sha256', result.body, 'hex'),
        };
  await engine
    .record(toAccessEvent(engine.owner, request, incoming.user, disclosure))
    .catch((cause: unknown) => {
      throw unavailable(cause);
    });
}

/** The headers by which the caller knows that this is the response to its request, about its member. */
export const bindingOf = ({ id, user }: TrailRequest) => bindingHeaders({ requestId: id, subject: user });
