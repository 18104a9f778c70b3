/** Refusals that the engine words otherwise than SMART and RFC 6749 section 5.2 do. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { CLIENT_CREDENTIALS } from '../client-auth/credentials.ts';

const INVALID_CLIENT = { error: 'invalid_client', error_description: 'client authentication failed' };
const UNAUTHORIZED_CLIENT = {
  error: 'unauthorized_client',
  error_description: `${CLIENT_CREDENTIALS} is not allowed for this client`,
};

/** An assertion that did not even lead to a client failed to authenticate one (checklist item 89). */
function failedAssertion({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.params?.['client_assertion'] !== undefined && oidc.client === undefined;
}

function notForThisClient({ oidc }: KoaContextWithOIDC): boolean {
  return (
    oidc.params?.['grant_type'] === CLIENT_CREDENTIALS &&
    oidc.client?.grantTypeAllowed(CLIENT_CREDENTIALS) === false
  );
}

export async function refusals(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const error = (ctx.body as { error?: string } | undefined)?.error;
  if (ctx.status !== 400 || error !== 'invalid_request') return;
  if (failedAssertion(ctx)) {
    ctx.body = INVALID_CLIENT;
    ctx.status = 401;
  } else if (notForThisClient(ctx)) ctx.body = UNAUTHORIZED_CLIENT;
}
