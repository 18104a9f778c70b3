import { FHIR_PATH, interactionOf } from '@patient-access/fhir';
import type { Metrics } from '@patient-access/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The path below the FHIR base of a plan, without query. */
const BELOW_BASE = new RegExp(`^/${FHIR_PATH}/[^/?]+/?([^?]*)`);
const NONE = '(none)';

/** What is asked for, in FHIR's codes. Only what is served has a name here, so the number of values is bounded. */
function askedFor(method: string, path: string): { interaction: string; resource_type: string } {
  if (path === 'metadata') return { interaction: 'capabilities', resource_type: NONE };
  try {
    const { interaction, type } = interactionOf(method, path);
    return { interaction, resource_type: type || NONE };
  } catch {
    return { interaction: NONE, resource_type: NONE };
  }
}

/** `refused` is the caller's doing, `error` is ours. */
function outcomeOf(status: number): 'success' | 'refused' | 'error' {
  if (status >= 500) return 'error';
  return status >= 400 ? 'refused' : 'success';
}

type Described = ReturnType<typeof askedFor> & { outcome: ReturnType<typeof outcomeOf> };

/** @returns what was asked for and what became of it; undefined for a request that is not below the FHIR base of a plan */
export function describeFhir(
  { url, method }: FastifyRequest,
  { statusCode }: FastifyReply,
): Described | undefined {
  const path = BELOW_BASE.exec(url)?.[1];
  return path === undefined ? undefined : { ...askedFor(method, path), outcome: outcomeOf(statusCode) };
}

/** Counts and measures what members' apps ask for and get, as they see it: at the public host. */
export function measureFhir(server: FastifyInstance, metrics: Metrics): void {
  const count = metrics.count('fhir_requests_total', 'Requests below the FHIR base of a plan.', [
    'interaction',
    'resource_type',
    'outcome',
  ]);
  const took = metrics.duration('fhir_request_duration_seconds', 'Until the last byte of the answer.', [
    'interaction',
    'outcome',
  ]);
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const described = describeFhir(request, reply);
    if (described) {
      const { interaction, outcome } = described;
      count(described);
      took({ interaction, outcome }, reply.elapsedTime / 1_000);
    }
    done();
  });
}
