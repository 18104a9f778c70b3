/** Applies sandbox faults in the authorization server. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { SandboxFaults } from '../../domain/sandbox/sandbox-faults.ts';
import type { Prefetched } from '../redemption/redemption-sql.ts';

class TooManyRequests extends errors.OIDCProviderError {
  override error_description = 'too many requests';

  constructor() {
    super(429, 'temporarily_unavailable');
  }
}

/**
 * Runs before a refresh. If it throws, no refresh has happened, and the refresh token can still be used.
 *
 * @throws TooManyRequests while the grant of the token is throttled
 */
export async function applyThrottle(
  sandbox: SandboxFaults | undefined,
  ctx: KoaContextWithOIDC,
  { grantId, mayHaveFault }: Prefetched,
): Promise<void> {
  const treatment = mayHaveFault ? await sandbox?.take(grantId) : undefined;
  if (treatment?.retry_after === undefined) return;
  ctx.set('Retry-After', String(treatment.retry_after));
  throw new TooManyRequests();
}
