import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pollers } from '../../domain/changes/pollers.ts';

/** Requests that leave no work behind: an orchestrator asks for the health every few seconds, and must wake nothing. */
const IDLE = /^\/health\//;

/** Every request wakes what looks for work: when it begins, and when its answer is sent and all is committed. */
export function wakePollers(fastify: FastifyInstance, pollers: Pollers): void {
  const wake = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    if (!IDLE.test(request.url)) pollers.wake();
    done();
  };
  fastify.addHook('onRequest', wake);
  fastify.addHook('onResponse', wake);
}
