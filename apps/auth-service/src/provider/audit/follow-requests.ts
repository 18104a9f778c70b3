import { noteRecorded } from '@patient-access/platform';
import type { FastifyInstance } from 'fastify';
import { beginRequest, endRequest, hasEvent } from '../../domain/audit/open-requests.ts';

/** Tells the events of one request from those of another while both are being answered. */
export function followRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, { raw }, done) => {
    beginRequest(request.id);
    raw.prependOnceListener('close', () => {
      // A refusal that has an event of its own is not counted again. What failed has none that is sure to be stored.
      const { statusCode } = raw;
      if (statusCode < 500 && hasEvent(request.id)) noteRecorded(request, { isRefusal: statusCode >= 400 });
      endRequest(request.id);
    });
    done();
  });
}
