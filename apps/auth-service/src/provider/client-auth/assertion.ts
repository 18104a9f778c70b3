/**
 * Checks of a client assertion that oidc-provider does not make. oidc-provider checks `iss`, `exp`, `jti`, the
 * signature, and that the assertion was not used before (RFC 7523 section 3; SMART App Launch, checklist items
 * 85–87).
 */
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';

const MAX_AHEAD_SECONDS = 300;

interface Assertion {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  client: Client;
  /** allowed values of `aud`, alone: see {@link audiencesOf} */
  audiences: readonly string[];
  /** latest `exp`, seconds since the epoch */
  latest: number;
  /** latest `iat`, seconds since the epoch */
  now: number;
}

/** The text of each rule, and the test that an assertion has to pass. */
const RULES: Record<string, (assertion: Assertion) => boolean> = {
  'typ must be JWT': ({ header }) => header['typ'] === undefined || header['typ'] === 'JWT',
  // The URL is compared and never fetched. `jwk`, `x5u` and `x5c` are ignored.
  'jku must be the registered jwks_uri': ({ header, client }) =>
    header['jku'] === undefined || header['jku'] === client['jwksUri'],
  'sub must be the client_id': ({ claims, client }) => claims['sub'] === client.clientId,
  'aud must be one string that names this server': ({ claims, audiences }) =>
    typeof claims['aud'] === 'string' && audiences.includes(claims['aud']),
  'iat must not be in the future': ({ claims, now }) =>
    claims['iat'] === undefined || (typeof claims['iat'] === 'number' && claims['iat'] <= now),
  // No extension is understood here (RFC 7515 section 4.1.11), and a JWT has no unencoded payload (RFC 7797 section 7).
  'crit must name nothing': ({ header }) => header['crit'] === undefined,
  'exp must be at most five minutes ahead': ({ claims, latest }) => Number(claims['exp']) <= latest,
};

/**
 * @returns the issuer (rfc7523bis) and the token endpoint (SMART) of this tenant. A request may be pushed with the endpoint where
 *   it is pushed, too (RFC 9126 section 2).
 */
function audiencesOf({ oidc }: KoaContextWithOIDC): string[] {
  const isPush = oidc.route === 'pushed_authorization_request';
  return [oidc.issuer, oidc.urlFor('token'), ...(isPush ? [oidc.urlFor(oidc.route)] : [])];
}

/**
 * `assertJwtClientAuthClaimsAndHeader` of oidc-provider. It runs after the signature was verified.
 *
 * @throws InvalidClientAuth with the text of the rule, which only the log shows
 */
export function checkAssertion(clockToleranceSeconds: number) {
  return (
    ctx: KoaContextWithOIDC,
    claims: Record<string, unknown>,
    header: Record<string, unknown>,
    client: Client,
  ): void => {
    const audiences = audiencesOf(ctx);
    const now = Math.floor(Date.now() / 1000) + clockToleranceSeconds;
    const latest = now + MAX_AHEAD_SECONDS;
    const assertion = { header, claims, client, audiences, latest, now };
    const broken = Object.keys(RULES).find((rule) => !RULES[rule]?.(assertion));
    if (broken !== undefined) throw new errors.InvalidClientAuth(broken);
  };
}
