/** The authorization code flow with one identity provider, always with PKCE, state and nonce. */
import * as client from 'openid-client';
import type { FederationSettings } from '../domain/tenant/federation-settings.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** A login at the identity provider that has begun. The interaction keeps it. */
export interface PendingLogin {
  state: string;
  nonce: string;
  verifier: string;
  /** the highest age of the login at the identity provider, in seconds */
  maxAge?: number;
  /** a stronger login, or one of another person, was asked for already */
  steppedUp?: true;
  /** which of the plan's `choices` the member took, counted from 0 */
  choice?: number;
}

/** What a login at the identity provider needs. */
export interface PlanLoginRequest {
  /** begins the state parameter, so that the callback finds the interaction */
  uid: string;
  loginHint?: string;
  /** does the member have to log in again at the identity provider? */
  fresh: boolean;
  /** ask who it is, whoever is logged in there */
  askAgain: boolean;
  acrValues: readonly string[];
  /** after a login that was too weak, or of somebody else than a launch is for */
  stepUp?: true;
  /** language of our pages, for theirs */
  language: string;
  /** which of the plan's `choices` the member took; one that does not exist is none */
  choice?: number;
}

/** A member who has come back. */
export interface FinishedLogin {
  /** of the id_token, verified, and of userinfo where the id_token says nothing */
  claims: client.JsonObject;
  /** of the id_token alone */
  signed: client.JsonObject;
  idToken: string;
  /** what the userinfo endpoint said, where it was asked */
  userinfo: client.JsonObject;
  accessToken: string;
}

/**
 * The highest age of a login that has to be fresh. The caller also checks that the login is newer than the
 * interaction.
 */
const FRESH_SECONDS = 900;
/** Between the provider's clock and ours. */
export const CLOCK_TOLERANCE_SECONDS = 60;

/** The same algorithm has two names (RFC 9864). */
export const algorithmsOf = ({ idTokenAlg }: Pick<FederationSettings, 'idTokenAlg'>): string[] =>
  idTokenAlg === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [idTokenAlg];

export class PlanLogin {
  private readonly config: client.Configuration;
  private readonly keys: ProviderKeys;
  private readonly redirectUri: string;
  private readonly settings: FederationSettings;

  constructor(
    config: client.Configuration,
    keys: ProviderKeys,
    { redirectUri, settings }: { redirectUri: string; settings: FederationSettings },
  ) {
    this.config = config;
    this.keys = keys;
    this.redirectUri = redirectUri;
    this.settings = settings;
  }

  /** @returns the address to which to send the browser, and what the interaction keeps until the browser returns */
  async start({
    uid,
    loginHint,
    fresh,
    askAgain,
    acrValues,
    stepUp,
    language,
    choice,
  }: PlanLoginRequest): Promise<{ url: string; underway: PendingLogin }> {
    const underway: PendingLogin = {
      state: `${uid}.${client.randomState()}`,
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      ...(fresh && { maxAge: FRESH_SECONDS }),
      ...(stepUp && { steppedUp: stepUp }),
      ...(choice !== undefined && { choice }),
    };
    const { choices = [], scope } = this.settings;
    const url = client.buildAuthorizationUrl(this.config, {
      ...(choice !== undefined && choices[choice]?.hint),
      redirect_uri: this.redirectUri,
      scope,
      state: underway.state,
      nonce: underway.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(underway.verifier),
      code_challenge_method: 'S256',
      ui_locales: language,
      ...(loginHint !== undefined && { login_hint: loginHint }),
      ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
      ...((fresh || askAgain) && { prompt: 'login' }),
      ...(fresh && { max_age: String(FRESH_SECONDS) }),
    });
    return { url: url.href, underway };
  }

  /**
   * Exchanges the parameters with which the browser returned.
   *
   * @throws errors of openid-client and jose; AuthorizationResponseError when the identity provider refused
   */
  async finish(search: URLSearchParams, underway: PendingLogin): Promise<FinishedLogin> {
    const url = new URL(this.redirectUri);
    url.search = search.toString();
    const tokens = await client.authorizationCodeGrant(this.config, url, {
      pkceCodeVerifier: underway.verifier,
      expectedState: underway.state,
      expectedNonce: underway.nonce,
      idTokenExpected: true,
      ...(underway.maxAge !== undefined && { maxAge: underway.maxAge }),
    });
    const idToken = tokens.id_token ?? '';
    // The signature counts, even though the token endpoint answers over TLS. openid-client would not fetch a new key
    // within a minute of the last one.
    const rules = {
      algorithms: algorithmsOf(this.settings),
      issuer: this.config.serverMetadata().issuer,
      audience: this.settings.clientId,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
    const { payload } = await this.keys.verify(idToken, rules, 'login');
    const userinfo = this.settings.userinfo
      ? await this.userinfo(tokens.access_token, String(payload.sub))
      : {};
    // What is signed counts.
    const signed = payload as client.JsonObject;
    return {
      claims: { ...userinfo, ...signed },
      signed,
      idToken,
      userinfo,
      accessToken: tokens.access_token,
    };
  }

  private async userinfo(accessToken: string, subject: string): Promise<client.JsonObject> {
    return (await client.fetchUserInfo(this.config, accessToken, subject)) as client.JsonObject;
  }

  /**
   * Where the browser logs out at the provider (OpenID Connect RP-Initiated Logout 1.0).
   *
   * @returns undefined for a provider without such a page
   */
  logoutUrl(idToken: string, returnTo: string): string | undefined {
    if (this.config.serverMetadata().end_session_endpoint === undefined) return undefined;
    const parameters = { id_token_hint: idToken, post_logout_redirect_uri: returnTo };
    return client.buildEndSessionUrl(this.config, parameters).href;
  }
}
