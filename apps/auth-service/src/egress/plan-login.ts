/** The authorization code flow with one identity provider: PKCE, state and nonce always, links from the configuration. */
import * as client from 'openid-client';

/** What is kept of a login that is under way, in its interaction. */
export interface PendingLogin {
  state: string;
  nonce: string;
  verifier: string;
  /** seconds that the login at the identity provider may be old */
  maxAge?: number;
}

/** What is asked of the identity provider. */
export interface PlanLoginRequest {
  /** starts the state, so that whoever comes back can be sent to their interaction */
  uid: string;
  loginHint?: string;
  /** the member has to log in anew, also at the identity provider */
  fresh: boolean;
}

/** At the most, where a fresh login is asked for; that it is newer than the interaction is checked on top of that. */
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

  /** @returns where to send the browser, and what to keep until it comes back */
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
   * Exchanges what the browser came back with.
   *
   * @returns the claims of the id_token, verified
   * @throws errors of openid-client, AuthorizationResponseError where the identity provider said no
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
