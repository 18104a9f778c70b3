/**
 * SMART App Launch, standalone or from the payer's portal, as an app without a browser does it. openid-client
 * implements the protocol.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as oidc from 'openid-client';
import { type FormPage, UserAgent } from './user-agent.ts';

/** Nothing listens at this address, because the redirect is read and not followed. */
const REDIRECT_URI = 'http://127.0.0.1:53210/callback';

export interface LaunchRequest {
  issuer: string;
  fhirBase: string;
  login: string;
  password: string;
  scope: string;
  /** the member to choose when the login may see several members; by default the login's own */
  patientId?: string;
  /** the launch that the portal opened; it determines the member in context */
  launch?: string;
  /** whether the member releases sensitive data, too, which is left out otherwise */
  releasing?: boolean;
}

/** Launch context that may come with the token (SMART, "Launch context arrives with your access_token"). */
const CONTEXT = ['fhirContext', 'need_patient_banner', 'intent', 'smart_style_url', 'tenant'] as const;
type LaunchContext = Partial<Record<(typeof CONTEXT)[number], unknown>>;

/** Optional parts of the protocol. */
export interface LaunchOptions {
  /** keys to which the tokens are bound (RFC 9449) */
  dpop?: oidc.DPoPHandle;
  /** whether the request is pushed first (RFC 9126) */
  pushed?: boolean;
}

export interface Session {
  accessToken: string;
  refreshToken?: string;
  /** logical id of the member in context */
  patient: string;
  /** further launch context */
  context: LaunchContext;
  scope: string;
  config: oidc.Configuration;
}

/** Registers a public client (RFC 7591). Preview tenants accept every registration. */
export function register(issuer: string): Promise<oidc.Configuration> {
  return oidc.dynamicClientRegistration(
    new URL(issuer),
    {
      client_name: 'First Call',
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
    oidc.None(),
    { execute: [oidc.allowInsecureRequests] },
  );
}

/** Whether a page has something to fill in, or a way back to the app. Some error pages have neither. */
const isToFillIn = ({ url, html }: FormPage, redirectUri: string): boolean =>
  !url.href.startsWith(redirectUri) && /name="(?:password|action|member)"|<form\s[^>]*\saction="/.test(html);

/** What a page says first: of an error page, what went wrong. */
const headingOf = ({ html }: FormPage): string =>
  (/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? html)
    .replace(/<[^>]*>|\s+/g, ' ')
    .slice(0, 200)
    .trim();

const MAX_PAGES = 5;
const MAX_AGREED_AGAIN = 15;
/** Somebody who sees the page again on which she has just agreed reads it again. */
const READING_MS = 500;

/**
 * Fills in each page as the member would, until the redirect to the app. While two builds of auth-service serve, the consent
 * page may come again: each takes an agreement to nothing but the page that it would show itself (security rule D20).
 *
 * @returns the address of the redirect
 * @throws Error when the pages end elsewhere
 */
export async function answerPages(
  agent: UserAgent,
  first: FormPage,
  request: Pick<LaunchRequest, 'login' | 'password' | 'patientId' | 'releasing'>,
  redirectUri = REDIRECT_URI,
): Promise<URL> {
  let page = first;
  let last: string | undefined;
  let [pages, again] = [0, 0];
  while (isToFillIn(page, redirectUri) && pages < MAX_PAGES && again < MAX_AGREED_AGAIN) {
    const filled: Record<string, string> = page.html.includes('name="password"')
      ? { login: request.login, password: request.password, action: 'login' }
      : page.html.includes('value="agree"')
        ? { action: 'agree' }
        : { action: 'choose', ...(request.patientId && { member: request.patientId }) };
    if (last === 'agree' && filled['action'] === 'agree') {
      again += 1;
      await sleep(READING_MS);
    } else pages += 1;
    page = await agent.submit(page, filled, redirectUri, request.releasing ? 'sensitive' : undefined);
    last = filled['action'];
  }
  if (!page.url.href.startsWith(redirectUri))
    throw new Error(`login did not end at the app but at ${page.url.pathname}: ${headingOf(page)}`);
  return page.url;
}

/** A member with a browser of their own, who stays logged in between launches. */
export class LaunchingMember {
  private readonly request: LaunchRequest;
  private readonly config: oidc.Configuration;
  private readonly agent = new UserAgent();

  constructor(request: LaunchRequest, config: oidc.Configuration) {
    this.request = request;
    this.config = config;
  }

  /**
   * Authorizes with PKCE, logs in if the server asks for it, consents, and exchanges the code.
   *
   * @throws Error of openid-client with the OAuth error when the server refuses
   */
  async launch({ dpop, pushed = false }: LaunchOptions = {}): Promise<Session> {
    const { config, request, agent } = this;
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    // A nonce belongs to an id_token, which exists only with the scope `openid`.
    const nonce = request.scope.split(' ').includes('openid') ? oidc.randomNonce() : undefined;
    const parameters = {
      redirect_uri: REDIRECT_URI,
      scope: request.scope,
      aud: request.fhirBase,
      state,
      ...(request.launch && { launch: request.launch }),
      ...(nonce && { nonce }),
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    const url = pushed
      ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: dpop })
      : oidc.buildAuthorizationUrl(config, parameters);
    const callback = await answerPages(agent, await agent.open(url, REDIRECT_URI), request);
    const checks = {
      pkceCodeVerifier: verifier,
      expectedState: state,
      ...(nonce && { expectedNonce: nonce }),
    };
    const tokens = await oidc.authorizationCodeGrant(config, callback, checks, undefined, { DPoP: dpop });
    return {
      accessToken: tokens.access_token,
      ...(tokens.refresh_token && { refreshToken: tokens.refresh_token }),
      patient: String(tokens['patient'] ?? ''),
      context: Object.fromEntries(CONTEXT.map((name) => [name, tokens[name]])),
      scope: tokens.scope ?? '',
      config,
    };
  }
}

/** Registers an app if none is given, and launches it once: see {@link LaunchingMember}. */
export async function launch(request: LaunchRequest, registered?: oidc.Configuration): Promise<Session> {
  return new LaunchingMember(request, registered ?? (await register(request.issuer))).launch();
}
