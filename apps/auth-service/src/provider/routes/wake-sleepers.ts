import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sleepers } from '../../domain/changes/sleepers.ts';

/** Requests that leave no work behind: an orchestrator asks for the health every few seconds, and must wake nothing. */
const IDLE = /^\/health\//;

/** Every request wakes what looks for work: when it begins, and when its answer is sent and all is committed. */
export function wakeSleepers(fastify: FastifyInstance, sleepers: Sleepers): void {
  const wake = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    if (!IDLE.test(request.url)) sleepers.wake();
    done();
  };
  fastify.addHook('onRequest', wake);
  fastify.addHook('onResponse', wake);
}
