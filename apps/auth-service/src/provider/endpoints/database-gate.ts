/** Answers nothing from a database that is older than what was confirmed elsewhere (ADR 60). */
import { unavailable } from '@patient-access/fhir';
import { noteReason, outcomeAnswer, sendOutcome } from '@patient-access/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DatabaseCheck } from '../../domain/restore/database-check.ts';

/** What an operator, a gateway and a verifier of signatures ask: nothing in these answers says who may see what. */
const OPEN =
  /^\/(health|metrics|[a-z0-9-]+\/smart-configuration|internal\/revocations|auth\/[^/]+\/oauth2\/v1\/(keys|\.well-known\/.*))/;

/** The database may be an older one. */
class NotTheNewest extends Error {}

/**
 * Hooks before and after every route, so that no endpoint has to remember it. Apps keep their tokens: 503 is safe to
 * repeat. An answer that was asked for from one database and may have come from another is not sent either.
 */
export function refuseOlderDatabase(
  fastify: FastifyInstance,
  check: Pick<DatabaseCheck, 'isCurrent' | 'doubts'>,
  publicUrl: string,
): void {
  const began = new WeakMap<FastifyRequest, number>();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (OPEN.test(request.url)) return done();
    if (!check.isCurrent) return void sendOutcome(request, reply, unavailable(new NotTheNewest()), publicUrl);
    began.set(request, check.doubts);
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const before = began.get(request);
    if (before === undefined || (check.isCurrent && before === check.doubts)) return done(null, payload);
    const { error, headers, body } = outcomeAnswer(request, unavailable(new NotTheNewest()), publicUrl);
    noteReason(request, error.reason);
    for (const name of ['content-length', 'location', 'set-cookie']) reply.removeHeader(name);
    reply.code(error.status).headers(headers);
    done(null, body);
  });
}
