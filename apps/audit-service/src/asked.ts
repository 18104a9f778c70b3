/** Questions about the trail beside the FHIR API: decided like a search of AuditEvents, and recorded like one. */
import { hash } from 'node:crypto';
import { definitions, forbidden, type OperationError, unavailable } from '@patient-access/fhir';
import { toAccessEvent, type Engine } from '@patient-access/fhir-store';
import { bindingHeaders, CLIENT_ADDRESS_HEADER } from '@patient-access/internal-api';
import { decide, type AccessDecision, type TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';

const TYPE = 'AuditEvent';

export type Visit = FastifyRequest<{ Params: { tenant: string } }> & { user: TokenClaims };

/** What is told, and of how many AuditEvents. */
export interface Told {
  body: Buffer;
  events: number;
}

/**
 * @returns whose trail the caller may see, all of it
 * @throws OperationError 403
 */
export function decideOn({ user, params: { tenant } }: Visit): Extract<AccessDecision, { allowed: true }> {
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

export const queryOf = ({ url }: Visit): string => url.split(/\?(.*)/s)[1] ?? '';

/**
 * Resolves when it is durable that this was told, or refused: nothing is sent before.
 *
 * @param path what was asked for
 * @throws OperationError 503
 */
export async function record(
  engine: Engine,
  visit: Visit,
  path: string,
  result: Told | { refused: OperationError },
): Promise<void> {
  const request = {
    ...{ requestId: visit.id, tenant: visit.params.tenant, method: visit.method, path },
    ...{ parameters: { query: queryOf(visit) }, conditions: {} },
    address: String(visit.headers[CLIENT_ADDRESS_HEADER] ?? visit.ip),
  };
  const told =
    'refused' in result
      ? result
      : {
          ...{ interaction: 'search-type', type: TYPE, counts: { [TYPE]: result.events } },
          bodyHash: hash('sha256', result.body, 'hex'),
        };
  await engine.record(toAccessEvent(engine.owner, request, visit.user, told)).catch((cause: unknown) => {
    throw unavailable(cause);
  });
}

/** The headers by which the caller tells that this is the response to its request, about its member. */
export const bindingOf = ({ id, user }: Visit) => bindingHeaders({ requestId: id, subject: user });
