/** Where the authorization server does what an app asked for in the sandbox. */
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import { type AccessToken, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../keys/secrets.ts';
import type { introspectionPolicy } from '../oidc/introspection.ts';
import { grantOf } from '../oidc/records.ts';
import type { Services, TenantContext } from '../tenant/tenant.ts';

type Policy = typeof introspectionPolicy;

/**
 * The policy is the engine's one question between finding a token and answering with its `extra`. The gateway asks
 * when, and only when, somebody uses the token, so what it is told to do is for that request.
 */
export function withSandbox(
  { sandbox }: TenantContext,
  policy: Policy,
): (...of: Parameters<Policy>) => boolean | Promise<boolean> {
  if (!sandbox) return policy;
  return async (ctx, client, token) => {
    const allowed = await policy(ctx, client, token);
    const { grantId } = token as AccessToken;
    if (!allowed || grantId === undefined || client.clientId !== GATEWAY_CLIENT_ID) return allowed;
    const treatment = await sandbox.take(grantId);
    if (treatment) (token as AccessToken).extra = { ...(token as AccessToken).extra, sandbox: treatment };
    return true;
  };
}

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
