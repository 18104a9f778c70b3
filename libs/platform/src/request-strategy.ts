import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-strategy';

type Outcome = (error: Error | null, caller?: object) => void;
type Verify = (request: FastifyRequest, outcome: Outcome) => void;

/**
 * Base of our Passport strategies. It passes the whole request to `validate`, which returns the caller. An error that
 * it throws becomes the answer. A strategy is a provider of the module of its service, and registers itself:
 *
 * ```ts
 * class BearerStrategy extends PassportStrategy(RequestStrategy, 'bearer') {
 *   async validate(request: FastifyRequest): Promise<IntrospectedCaller> {}
 * }
 * ```
 */
export class RequestStrategy extends Strategy {
  private readonly callback: Verify;

  /** @param verify calls `validate`; `PassportStrategy` passes it */
  constructor(verify: Verify) {
    super();
    this.callback = verify;
  }

  /** @param outcome is called with the caller, or with why there is none */
  override authenticate(request: unknown, outcome: Outcome): void {
    this.callback(request as FastifyRequest, outcome);
  }
}
