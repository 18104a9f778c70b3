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
    const path = BELOW_BASE.exec(request.url)?.[1];
    if (path !== undefined) {
      const asked = askedFor(request.method, path);
      const outcome = outcomeOf(reply.statusCode);
      count({ ...asked, outcome });
      took({ interaction: asked.interaction, outcome }, reply.elapsedTime / 1_000);
    }
    done();
  });
}
