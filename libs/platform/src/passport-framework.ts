import passport from 'passport';
import type { RequestStrategy } from './request-strategy.ts';

type Framework = Parameters<typeof passport.framework>[0];
type Outcome = Parameters<RequestStrategy['authenticate']>[1];

/** Passport has no public function for this. Its own frameworks call the same one. */
interface Strategies {
  _strategy(name: string): RequestStrategy | undefined;
}

/**
 * How Passport runs a strategy, in the place of its middleware for Connect. That one gives each request a strategy of its own
 * with five functions, and V8 allocates them in the old generation. So each request stayed in memory with its answer until the
 * whole heap was collected (ADR 146).
 */
const FRAMEWORK: Framework = {
  initialize: () => (_request: unknown, _reply: unknown, next: () => void) => next(),
  authenticate: (authenticator, name, _options, outcome) => (request) => {
    const strategy = (authenticator as unknown as Strategies)._strategy(String(name));
    if (!strategy) throw new Error(`no strategy is named ${String(name)}`);
    strategy.authenticate(request, outcome as Outcome);
  },
};

/** Has Passport run our strategies, each of which is a {@link RequestStrategy}. */
export function usePassport(): void {
  passport.framework(FRAMEWORK);
}
