/** Where the authorization server does what an app asked for in the sandbox. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../keys/secrets.ts';
import { grantOf } from '../oidc/records.ts';
import type { Services, TenantContext } from '../tenant/tenant.ts';

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
export async function refuseThrottled(
  { pool }: Services,
  { id, sandbox }: TenantContext,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const value = ctx.oidc.params?.['refresh_token'];
  if (!sandbox || typeof value !== 'string') return;
  const grantId = await grantOf(pool, [id, 'RefreshToken', digest(value)]);
  const treatment = grantId === undefined ? undefined : await sandbox.take(grantId);
  if (treatment?.retry_after === undefined) return;
  ctx.set('Retry-After', String(treatment.retry_after));
  throw new TooManyRequests();
}
