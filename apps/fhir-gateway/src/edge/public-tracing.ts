import type { RequestTracing } from '@patient-access/platform';
import { describeFhir } from './fhir-metrics.ts';

/**
 * `tracing` of the service. A trace begins here, because a header of an app must not decide what is kept. Where operators
 * say that their proxy writes `traceparent` itself, the proxy's trace goes on: a request has more than one address only if
 * a trusted proxy said where it came from.
 */
export const publicTracing = ({
  TRACEPARENT_FROM,
}: {
  TRACEPARENT_FROM: 'nobody' | 'proxies';
}): RequestTracing => ({
  believes: ({ ips = [] }) => TRACEPARENT_FROM === 'proxies' && ips.length > 1,
  attributesOf(request, reply) {
    const asked = describeFhir(request, reply);
    return asked
      ? {
          'fhir.interaction': asked.interaction,
          'fhir.resource_type': asked.resource_type,
          outcome: asked.outcome,
        }
      : {};
  },
});
