/** Where the authorization server does what an app asked for in the sandbox. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { SandboxFaults } from '../../domain/sandbox/sandbox-faults.ts';

class TooManyRequests extends errors.OIDCProviderError {
  override error_description = 'too many requests';

  constructor() {
    super(429, 'temporarily_unavailable');
  }
}

/**
 * Before a refresh, which then has not happened: the refresh token is as good as it was.
 *
 * @throws TooManyRequests while the token's grant is throttled
 */
export async function applyThrottle(
  sandbox: SandboxFaults | undefined,
  ctx: KoaContextWithOIDC,
  grantId: string,
): Promise<void> {
  const treatment = await sandbox?.take(grantId);
  if (treatment?.retry_after === undefined) return;
  ctx.set('Retry-After', String(treatment.retry_after));
  throw new TooManyRequests();
}
