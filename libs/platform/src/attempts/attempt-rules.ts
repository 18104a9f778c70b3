import type { FastifyRequest } from 'fastify';
import type { KnownCaller } from './attempt.ts';
import type { AttemptCounter } from './attempt-counter.ts';

/** Injection token of a service's {@link AttemptRules}. A service without them does not start. */
export const ATTEMPT_RULES = Symbol('attempt rules');

/** How the requests of a service get into the audit trail. */
export interface AttemptRules {
  counter: AttemptCounter;
  /**
   * The routes whose good answers (2xx) leave no event, as `GET /auth/style.css`, each with the reason. A good answer of
   * any other route does not leave before its event is durable: without one it becomes a 500.
   */
  withoutEvent: Readonly<Record<string, string>>;
  /**
   * The routes whose redirections (3xx) leave no event either, each with the reason. Any other redirection has one, or is a
   * refusal with its reason (`noteReason`), or is recorded as `unrecorded`.
   */
  leadsOn?: Readonly<Record<string, string>>;
  /** @returns the plan that a path names, if it is known to exist; otherwise NO_PLAN (libs/events) */
  planOf(url: string): string;
  /** the network address of the client */
  addressOf(request: FastifyRequest): string;
  /** who asks, where the guard has found out */
  callerOf?(request: FastifyRequest): KnownCaller | undefined;
  /**
   * Called before a good answer that has no event yet. Records the event, if the route has one, and notes it at the
   * attempt. When it rejects, the answer becomes a 503.
   *
   * @param status of the answer
   */
  record?(request: FastifyRequest, status: number): Promise<void>;
}
