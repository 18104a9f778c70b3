/** Replaces error codes of oidc-provider that differ from SMART and RFC 6749 section 5.2. */
import type { KoaContextWithOIDC } from 'oidc-provider';

const INVALID_CLIENT = { error: 'invalid_client', error_description: 'client authentication failed' };
const UNAUTHORIZED_CLIENT = {
  error: 'unauthorized_client',
  error_description: 'this grant type is not allowed for the client',
};

/** An assertion that names no known client is a failed client authentication (checklist item 89). */
function failedAssertion({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.params?.['client_assertion'] !== undefined && oidc.client === undefined;
}

/** Introspection answers nobody who does not authenticate (RFC 7662 section 2.3). */
const isUnauthenticated = ({ oidc, headers }: KoaContextWithOIDC): boolean =>
  oidc.route === 'introspection' && headers.authorization === undefined && oidc.client === undefined;

function isGrantTypeRefused({ oidc }: KoaContextWithOIDC): boolean {
  const grant = oidc.params?.['grant_type'];
  return (
    oidc.route === 'token' && typeof grant === 'string' && oidc.client?.grantTypeAllowed(grant) === false
  );
}

export async function correctErrorCodes(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const error = (ctx.body as { error?: string } | undefined)?.error;
  if (ctx.status !== 400 || error !== 'invalid_request') return;
  if (failedAssertion(ctx) || isUnauthenticated(ctx)) {
    ctx.body = INVALID_CLIENT;
    ctx.status = 401;
    if (isUnauthenticated(ctx)) ctx.set('WWW-Authenticate', `Basic realm="${ctx.oidc.issuer}"`);
  } else if (isGrantTypeRefused(ctx)) ctx.body = UNAUTHORIZED_CLIENT;
}
