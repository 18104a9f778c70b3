/** What a web page may read of an answer of another origin, beside its body (Fetch Standard, "CORS-exposed headers"). */
import type { KoaContextWithOIDC } from 'oidc-provider';

const NAME = 'Access-Control-Expose-Headers';
const EXPOSED =
  'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, X-Request-ID, X-Correlation-ID, Link, Deprecation, Sunset';

/**
 * Lets the pages of an app also read when to try again, at the endpoints where oidc-provider exposes the challenge alone. What
 * everybody may read is exposed by the gateway.
 */
export async function exposeHeaders(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.response.get(NAME)) ctx.set(NAME, EXPOSED);
}
