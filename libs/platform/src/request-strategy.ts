import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-strategy';

type Verify = (request: FastifyRequest, done: (error: Error | null, caller?: object) => void) => void;

/**
 * Base of our Passport strategies: hands the whole request to `validate`. What that returns is the caller; what it throws
 * reaches the client as it is. A strategy is a provider of its service's module, and registers itself:
 *
 * ```ts
 * class BearerStrategy extends PassportStrategy(RequestStrategy, 'bearer') {
 *   async validate(request: FastifyRequest): Promise<Introspected> {}
 * }
 * ```
 */
export class RequestStrategy extends Strategy {
  private readonly callback: Verify;

  /** @param verify calls `validate`; `PassportStrategy` gives it */
  constructor(verify: Verify) {
    super();
    this.callback = verify;
  }

  override authenticate(request: unknown): void {
    this.callback(request as FastifyRequest, (error, caller) =>
      error ? this.error(error) : this.success(caller),
    );
  }
}
