/** The authorization code flow with one identity provider, always with PKCE, state and nonce. */
import * as client from 'openid-client';

/** A login at the identity provider that has begun. The interaction keeps it. */
export interface PendingLogin {
  state: string;
  nonce: string;
  verifier: string;
  /** the highest age of the login at the identity provider, in seconds */
  maxAge?: number;
}

/** What a login at the identity provider needs. */
export interface PlanLoginRequest {
  /** begins the state parameter, so that the callback finds the interaction */
  uid: string;
  loginHint?: string;
  /** does the member have to log in again at the identity provider? */
  fresh: boolean;
}

/**
 * The highest age of a login that has to be fresh. The caller also checks that the login is newer than the
 * interaction.
 */
const FRESH_SECONDS = 900;

export class PlanLogin {
  private readonly config: client.Configuration;
  private readonly redirectUri: string;
  private readonly scope: string;

  constructor(config: client.Configuration, redirectUri: string, scope: string) {
    this.config = config;
    this.redirectUri = redirectUri;
    this.scope = scope;
  }

  /** @returns the address to which to send the browser, and what the interaction keeps until the browser returns */
  async start({ uid, loginHint, fresh }: PlanLoginRequest): Promise<{ url: string; underway: PendingLogin }> {
    const underway: PendingLogin = {
      state: `${uid}.${client.randomState()}`,
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      ...(fresh && { maxAge: FRESH_SECONDS }),
    };
    const url = client.buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      scope: this.scope,
      state: underway.state,
      nonce: underway.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(underway.verifier),
      code_challenge_method: 'S256',
      ...(loginHint !== undefined && { login_hint: loginHint }),
      ...(fresh && { prompt: 'login', max_age: String(FRESH_SECONDS) }),
    });
    return { url: url.href, underway };
  }

  /**
   * Exchanges the parameters with which the browser returned.
   *
   * @returns the claims of the id_token, verified
   * @throws errors of openid-client; AuthorizationResponseError when the identity provider refused
   */
  async finish(search: URLSearchParams, underway: PendingLogin): Promise<client.JsonObject> {
    const url = new URL(this.redirectUri);
    url.search = search.toString();
    const tokens = await client.authorizationCodeGrant(this.config, url, {
      pkceCodeVerifier: underway.verifier,
      expectedState: underway.state,
      expectedNonce: underway.nonce,
      idTokenExpected: true,
      ...(underway.maxAge !== undefined && { maxAge: underway.maxAge }),
    });
    return tokens.claims() as client.JsonObject;
  }
}
