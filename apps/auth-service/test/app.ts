/** A member app, which registers, sends authorization requests and redeems codes. */
import { setTimeout as delay } from 'node:timers/promises';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Browser, type BrowserPage } from './browser.ts';
import { vouchFor } from './consent/world.ts';
import { GATEWAY_BASIC, PASSWORD, tenantOf, type World } from './world.ts';

export interface RegisteredApp {
  tenant: string;
  client_id: string;
  client_secret?: string;
  redirect_uri: string;
}

export interface AuthorizationStart {
  state: string;
  verifier: string;
  url: string;
}

type Members = Record<string, unknown>;

export const REDIRECT = 'https://app.example/callback';
const SCOPE = 'openid fhirUser launch/patient offline_access patient/*.rs';

export async function post(
  url: string,
  body: URLSearchParams | string | Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Members; text: string }> {
  const form = typeof body === 'string' || body instanceof URLSearchParams;
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: form ? body.toString() : JSON.stringify(body),
    redirect: 'manual',
  });
  const text = await response.text();
  let parsed: Members = {};
  try {
    parsed = JSON.parse(text) as Members;
  } catch {
    // The body may be a page or a JWT; then tests look at the text.
  }
  return { status: response.status, headers: response.headers, body: parsed, text };
}

/** A service that has just begun may answer 503 on a busy machine, and says that nothing was changed. */
async function postUntilItServes(url: string, body: Members) {
  for (let left = 5; ; left -= 1) {
    const answer = await post(url, body);
    if (answer.status !== 503 || left === 0) return answer;
    await delay(500);
  }
}

export async function registerApp(
  world: World,
  metadata: Members = {},
  tenant = 'northwind',
): Promise<RegisteredApp> {
  const { status, body, text } = await postUntilItServes(`${tenantOf(world, tenant).issuer}/register`, {
    client_name: 'Health Diary',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    ...metadata,
  });
  if (status !== 201) throw new Error(`not registered: ${text}`);
  const [redirect_uri] = body['redirect_uris'] as string[];
  return { ...(body as unknown as RegisteredApp), tenant, redirect_uri: redirect_uri as string };
}

/** An app that the plan has checked: errors of its authorization requests are sent to it by redirect. */
export async function registerVerifiedApp(
  world: World,
  metadata: Members = {},
  tenant?: string,
): Promise<RegisteredApp> {
  const app = await registerApp(world, metadata, tenant);
  await vouchFor(world, app);
  return app;
}

/** An authorization request as a SMART app makes it; `undefined` leaves a parameter out. */
export function startAuthorization(
  world: World,
  app: RegisteredApp,
  change: Record<string, string | undefined> = {},
): AuthorizationStart {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('base64url');
  const { issuer, fhirBase } = tenantOf(world, app.tenant);
  const parameters = {
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: app.redirect_uri,
    scope: SCOPE,
    state,
    aud: fhirBase,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  };
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { state, verifier, url: `${issuer}/authorize?${new URLSearchParams(given)}` };
}

/**
 * Addresses for tests (198.18.0.0/15, RFC 2544). Each stands for the device of another member, so that throttling
 * keeps them apart.
 */
const newAddress = (): string => `198.18.${randomInt(256)}.${randomInt(256)}`;

/** Opens the launch and logs in. @returns the page after login */
export async function openAndLogIn(
  world: World,
  url: string,
  login = 'maria.many',
  headers: Record<string, string> = {},
): Promise<[Browser, BrowserPage]> {
  const browser = new Browser(world.url);
  Object.assign(browser.headers, headers, { 'x-forwarded-for': newAddress() });
  const page = await browser.open(url);
  return [browser, await browser.logIn(page, login, PASSWORD)];
}

/** @returns parameters of the redirect to the app */
export function redirected(page: BrowserPage): URLSearchParams {
  const location = page.headers.get('location');
  if (location === null) throw new Error(`no redirect: ${page.status} ${page.html}`);
  return new URL(location).searchParams;
}

export async function exchange(
  world: World,
  app: RegisteredApp,
  code: string,
  verifier: string,
  headers: Record<string, string> = {},
) {
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier });
  form.set('redirect_uri', app.redirect_uri);
  form.set('client_id', app.client_id);
  if (app.client_secret) form.set('client_secret', app.client_secret);
  return post(`${tenantOf(world, app.tenant).issuer}/token`, form, headers);
}

export async function refresh(
  world: World,
  app: RegisteredApp,
  token: string,
  change: Record<string, string> = {},
) {
  const parameters = {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: app.client_id,
    ...change,
  };
  return post(`${tenantOf(world, app.tenant).issuer}/token`, new URLSearchParams(parameters));
}

/** From the authorization request to the code, with everything allowed. */
export async function getCode(
  world: World,
  app: RegisteredApp,
  change: Record<string, string | undefined> = {},
  login = 'maria.many',
): Promise<{ code: string; verifier: string }> {
  const { url, verifier } = startAuthorization(world, app, change);
  const [browser, page] = await openAndLogIn(world, url, login);
  const answer = redirected(await browser.submit(page, 'agree'));
  const code = answer.get('code');
  if (code === null) throw new Error(`no code: ${answer}`);
  return { code, verifier };
}

/**
 * From the authorization request to the tokens.
 *
 * @returns the token response
 */
export async function getTokens(
  world: World,
  app: RegisteredApp,
  change: Record<string, string | undefined> = {},
  login = 'maria.many',
): Promise<Record<string, string>> {
  const { code, verifier } = await getCode(world, app, change, login);
  const { status, body, text } = await exchange(world, app, code, verifier);
  if (status !== 200) throw new Error(`no token: ${text}`);
  return body as Record<string, string>;
}

/**
 * What the gateway learns about a token.
 *
 * @returns undefined when the token is not live
 */
export async function introspectionClaims(
  world: World,
  token: string,
  tenant = 'northwind',
): Promise<Members | undefined> {
  const url = `${world.address}/internal/${tenant}/introspection`;
  const { status, text } = await post(url, { token }, { authorization: GATEWAY_BASIC });
  if (status === 204) return undefined;
  if (status !== 200) throw new Error(`no introspection JWT: ${status} ${text}`);
  const [, payload = ''] = text.split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { token_introspection: Members })
    .token_introspection;
}

/** The introspection JWTs with which the gateway renews what it knows of tokens. */
export async function renewals(
  world: World,
  tokens: readonly string[],
  tenant = 'northwind',
): Promise<(string | null)[]> {
  const response = await fetch(`${world.address}/internal/${tenant}/introspections`, {
    method: 'POST',
    headers: { authorization: GATEWAY_BASIC, 'content-type': 'application/json' },
    body: JSON.stringify({ tokens }),
  });
  return (await response.json()) as (string | null)[];
}

/**
 * Both ways of introspection have to answer the same in every test, except for the sandbox, which only the gateway
 * sees.
 */
async function compareWithIntrospectionJwt(
  world: World,
  token: string,
  tenant: string,
  introspected: Members,
): Promise<void> {
  const { sandbox: _, ...claims } = (await introspectionClaims(world, token, tenant)) ?? { active: false };
  if (!isDeepStrictEqual(claims, introspected))
    throw new Error(
      `the two ways of introspection differ: ${JSON.stringify(claims)}, ${JSON.stringify(introspected)}`,
    );
}

/** Introspects like a resource server that may ask about the tokens of all clients. */
export async function introspect(
  world: World,
  token: string,
  tenant = 'northwind',
  accept = 'application/json',
) {
  const headers = { authorization: GATEWAY_BASIC, accept };
  const form = new URLSearchParams({ token });
  const answer = await post(`${tenantOf(world, tenant).issuer}/introspect`, form, headers);
  if (accept === 'application/json' && answer.status === 200)
    await compareWithIntrospectionJwt(world, token, tenant, answer.body);
  return answer;
}
