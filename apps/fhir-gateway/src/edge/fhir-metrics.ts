import { FHIR_PATHS, interactionOf } from '@patient-access/fhir';
import type { Metrics } from '@patient-access/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The FHIR API that is asked, and the path below its base for a plan, without query. */
const BELOW_BASE = new RegExp(`^/(${FHIR_PATHS.join('|')})/[^/?]+/?([^?]*)`);
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

/** `payer/formulary/v2` is `formulary`. */
const apiOf = (path: string): string => path.split('/')[1] ?? NONE;

type Described = ReturnType<typeof askedFor> & { api: string; outcome: ReturnType<typeof outcomeOf> };

/** @returns what was asked for and what became of it; undefined for a request that is not below a FHIR base of a plan */
export function describeFhir(
  { url, method }: FastifyRequest,
  { statusCode }: FastifyReply,
): Described | undefined {
  const [, base = '', path] = BELOW_BASE.exec(url) ?? [];
  if (path === undefined) return undefined;
  return { api: apiOf(base), ...askedFor(method, path), outcome: outcomeOf(statusCode) };
}

/**
 * Counts and measures what callers of the FHIR APIs ask for and get, as they see it at the public host: members' apps at
 * `patient-access`, everybody at what plans publish (`provider-directory`, `formulary`).
 */
export function measureFhir(server: FastifyInstance, metrics: Metrics): void {
  const ours = ['api', 'outcome'] as const;
  const count = metrics.count(
    'fhir_requests_total',
    'Requests below a FHIR base of a plan.',
    ['api', 'interaction', 'resource_type', 'outcome'],
    ours,
  );
  const took = metrics.duration(
    'fhir_request_duration_seconds',
    'Until the last byte of the answer.',
    ['api', 'interaction', 'outcome'],
    ours,
  );
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const described = describeFhir(request, reply);
    if (described) {
      const { api, interaction, outcome } = described;
      count(described);
      took({ api, interaction, outcome }, reply.elapsedTime / 1_000);
    }
    done();
  });
}
