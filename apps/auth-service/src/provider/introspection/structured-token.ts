/** Introspection of a JWT. Tokens of this server are opaque, so it is none of them. */
import { decodeProtectedHeader } from 'jose';
import type { RequestContext, RequestParameters } from '../patches/request-parameters.ts';

/** No token has this value. */
const NO_TOKEN = 'jwt';

function isJwt(token: string): boolean {
  try {
    return Boolean(decodeProtectedHeader(token));
  } catch {
    return false;
  }
}

/**
 * Asks about no token instead of a JWT, so that the answer says that it is not active (RFC 7662 section 2.3). oidc-provider
 * refuses such a request. A resource server that gets any JWT, such as an id_token, would take that for a failure of
 * this server.
 */
export function askAboutNoJwt({ route }: RequestContext, parameters: RequestParameters): void {
  const { token } = parameters;
  if (route !== 'introspection' || typeof token !== 'string') return;
  if (isJwt(token)) parameters['token'] = NO_TOKEN;
}
