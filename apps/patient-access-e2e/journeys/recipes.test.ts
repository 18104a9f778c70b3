/** The recipes for JavaScript of docs/developers/libraries.md, each with the library as it is published. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canRunChromium, launchChromium } from '@patient-access/testing';
import type { Browser, Page } from 'playwright-core';
import { serveFiles } from '../installation/browser-app.ts';
import { answerAs, registerNamed } from '../installation/member-agent.ts';
import { connect, memberOf, world } from '../installation/world.ts';

const { lakeside } = world();
const { fhirBase, issuer } = lakeside;
const member = memberOf(lakeside, 'many');
const { login, password, patientId } = member;
const SCOPE =
  'openid fhirUser launch/patient offline_access patient/Patient.rs patient/ExplanationOfBenefit.rs';

const require = createRequire(import.meta.url);
/** @param main of the package */
const fileOf = (main: string, file: string) => readFileSync(main.replace(/dist.*/, file));

/** The page of an app in the browser, whose code the tests run in it. */
const PAGE = `<!doctype html><title>loading</title><script src="oidc.js"></script><script type="module">
  window.medplum = await import('./medplum.js');
  document.title = 'loaded';
</script>`;
const FILES = new Map<string, [string, string | Buffer]>([
  ['/app.html', ['text/html', PAGE]],
  [
    '/oidc.js',
    ['text/javascript', fileOf(require.resolve('oidc-client-ts'), 'dist/browser/oidc-client-ts.min.js')],
  ],
  ['/medplum.js', ['text/javascript', fileOf(require.resolve('@medplum/core'), 'dist/esm/index.mjs')]],
]);

(canRunChromium() ? describe : describe.skip)('in Chromium', () => {
  let browser: Browser;
  let app: Awaited<ReturnType<typeof serveFiles>>;
  beforeAll(async () => {
    [browser, app] = await Promise.all([launchChromium(), serveFiles(FILES)]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  async function openApp(name: string): Promise<{ page: Page; clientId: string; redirectUri: string }> {
    const redirectUri = `${app.origin}/app.html`;
    const { client_id: clientId } = await registerNamed(lakeside, name, redirectUri);
    const page = await (await browser.newContext()).newPage();
    await page.goto(redirectUri);
    await page.waitForFunction(`document.title === 'loaded'`);
    return { page, clientId, redirectUri };
  }

  /** Acts as the member until the app's page is there again. */
  async function agree(page: Page): Promise<void> {
    await page.getByLabel('User name').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('button', { name: 'Agree and share' }).click();
    await page.waitForURL(`${app.origin}/app.html?*`);
    await page.waitForFunction(`document.title === 'loaded'`);
  }

  const statusOf = (page: Page, token: string) =>
    page.evaluate<number>(
      `fetch('${fhirBase}/Patient/${patientId}', { headers: { authorization: 'Bearer ${token}' } }).then(({ status }) => status)`,
    );

  test('oidc-client-ts logs in, renews by refresh token, and disconnects', async () => {
    const { page, clientId, redirectUri } = await openApp('Claims Diary');
    const settings = {
      authority: issuer,
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: SCOPE,
      extraQueryParams: { aud: fhirBase },
      monitorSession: false,
      automaticSilentRenew: true,
    };
    const manager = `window.manager ??= new oidc.UserManager(${JSON.stringify(settings)})`;
    await page.evaluate(`void (${manager}).signinRedirect()`);
    await agree(page);
    const call = (expression: string) =>
      page.evaluate<{ access_token: string; profile: Record<string, string> }>(`(${manager}).${expression}`);
    const user = await call('signinRedirectCallback()');
    expect(user.profile['fhirUser']).toBe(`${fhirBase}/Patient/${patientId}`);
    expect(await statusOf(page, user.access_token)).toBe(200);
    const renewed = await call('signinSilent()');
    expect(renewed.access_token).not.toBe(user.access_token);
    expect(await statusOf(page, renewed.access_token)).toBe(200);
    expect(page.frames()).toHaveLength(1);
    await call('revokeTokens().then(() => window.manager.removeUser())');
    await page.waitForFunction(
      `fetch('${fhirBase}/Patient/${patientId}', { headers: { authorization: 'Bearer ${renewed.access_token}' } }).then(({ status }) => status === 401)`,
    );
    expect(await call('getUser()')).toBeNull();
  });

  test('the Medplum client begins with PKCE, reads, and follows pages', async () => {
    const { page, clientId, redirectUri } = await openApp('Record Reader');
    const base = new URL(fhirBase);
    const options = {
      baseUrl: `${base.origin}/`,
      fhirUrlPath: base.pathname.slice(1),
      authorizeUrl: `${issuer}/authorize`,
      tokenUrl: `${issuer}/token`,
      extendedMode: false,
    };
    const client = `window.client ??= new medplum.MedplumClient({ ...${JSON.stringify(options)},
      fetch: (url, init) => fetch(url, { ...init, credentials: 'omit' }) })`;
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: SCOPE,
    };
    const request = JSON.stringify({ ...parameters, state: 'a-state', aud: fhirBase });
    await page.evaluate(`void (${client}).startPkce().then(({ codeChallenge, codeChallengeMethod }) =>
      location.assign('${options.authorizeUrl}?' + new URLSearchParams({ ...${request},
        code_challenge: codeChallenge, code_challenge_method: codeChallengeMethod })))`);
    await page.waitForURL(/\/interaction\//);
    await agree(page);
    const form = JSON.stringify({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: redirectUri,
    });
    const token = await page.evaluate<string>(`fetch('${options.tokenUrl}', { method: 'POST', body:
      new URLSearchParams({ ...${form}, code: new URL(location).searchParams.get('code'),
        code_verifier: sessionStorage.getItem('codeVerifier') }) })
      .then((answer) => answer.json()).then(({ access_token }) => access_token)`);
    await page.evaluate(`(${client}).setAccessToken('${token}')`);
    expect(await page.evaluate(`(${client}).readResource('Patient', '${patientId}')`)).toMatchObject({
      resourceType: 'Patient',
      id: patientId,
    });
    const counts = await page.evaluate<number[]>(`(async () => {
      const counts = [];
      for await (const claims of client.searchResourcePages('ExplanationOfBenefit', { _count: '10' }))
        if (counts.push(claims.length) === 3) break;
      return counts;
    })()`);
    expect(counts).toEqual([10, 10, 10]);
  });
});

test('a + that arrives as a space is understood in times, whether or not a library encodes it', async () => {
  const { session } = await connect(lakeside, 'many');
  const headers = { authorization: `Bearer ${session.accessToken}` };
  for (const path of [
    'ExplanationOfBenefit?_lastUpdated=ge2020-01-01T00:00:00+02:00',
    'ExplanationOfBenefit?service-date=ge2024-01-01T00:00:00+02:00',
    'Patient/$everything?_type=Coverage&_since=2020-01-01T00:00:00+02:00',
  ]) {
    const ids = await Promise.all(
      [path, path.replace('+', '%2B'), path.replace('+', '%20')].map(async (each) => {
        const answer = await fetch(`${fhirBase}/${each}&_count=20`, { headers });
        const { entry = [] } = (await answer.json()) as { entry?: { resource: { id: string } }[] };
        return [answer.status, ...entry.map(({ resource }) => resource.id)];
      }),
    );
    expect(ids[0]?.length).toBeGreaterThan(1);
    expect([path, ids[1], ids[2]]).toEqual([path, ids[0], ids[0]]);
  }
});

test('fhirclient logs in with a key, and authenticates no refresh with it', async () => {
  const SMART = require('fhirclient') as unknown as (...parts: object[]) => {
    authorize(options: object): Promise<void>;
    ready(): Promise<{
      patient: { read(): Promise<{ id: string }> };
      refresh(): Promise<void>;
      state: { tokenResponse: { refresh_token?: string } };
    }>;
  };
  const callback = 'http://127.0.0.1:53210/callback';
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
    'sign',
    'verify',
  ]);
  const [key, jwk] = await Promise.all(
    [pair.privateKey, pair.publicKey].map((each) => crypto.subtle.exportKey('jwk', each)),
  );
  const named = { kid: 'k', alg: 'ES384' };
  const registered = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Key Diary',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...jwk, ...named, use: 'sig' }] },
    }),
  });
  const { client_id: clientId } = (await registered.json()) as { client_id: string };
  const kept = new Map<string, unknown>();
  const storage = {
    get: (name: string) => Promise.resolve(kept.get(name)),
    set: (name: string, value: unknown) => Promise.resolve(kept.set(name, value)).then(() => value),
    unset: (name: string) => Promise.resolve(kept.delete(name)),
  };
  let location = '';
  const app = (url: string) =>
    SMART(
      { url, headers: { host: '127.0.0.1:53210' }, socket: {} },
      { writeHead: (_status: number, headers: { location: string }) => ({ location } = headers), end() {} },
      storage,
    );
  const options = { clientId, clientPrivateJwk: { ...key, ...named }, redirectUri: callback, iss: fhirBase };
  await app('/').authorize({ ...options, scope: SCOPE });
  const { pathname, search } = await answerAs(member, location, callback);
  const client = await app(`${pathname}${search}`).ready();
  expect((await client.patient.read()).id).toBe(patientId);
  expect(client.state.tokenResponse.refresh_token).toEqual(expect.any(String));
  await expect(client.refresh()).rejects.toThrow(/private_key_jwt, and this request has no credentials/);
  expect(client.state.tokenResponse.refresh_token).toBeUndefined();
});

/** What passport.js expects of the framework in which it runs. */
interface PassportRequest extends IncomingMessage {
  query: Record<string, string>;
  session: object;
  user?: { accessToken: string; patient: string };
}
type Handler = (request: PassportRequest, response: ServerResponse, next: (error?: Error) => void) => void;

describe('passport-oauth2', () => {
  test('logs a member in at a server with a secret, with PKCE and aud', async () => {
    const { Passport } = require('passport') as {
      Passport: new () => {
        use(name: string, strategy: object): void;
        authenticate(name: string, options: object): Handler;
      };
    };
    const OAuth2Strategy = require('passport-oauth2') as new (options: object, verify: unknown) => object;
    const passport = new Passport();
    const session = {};
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://app');
      const query = Object.fromEntries(searchParams);
      const asked = Object.assign(request, { query, session }) as PassportRequest;
      passport.authenticate('smart', { session: false })(asked, response, (error) =>
        response.writeHead(error ? 500 : 200).end(error ? error.message : JSON.stringify(asked.user)),
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const callback = `${origin}/callback`;
    const registered = await registerNamed(lakeside, 'Server Diary', callback, 'client_secret_post');
    class SmartStrategy extends OAuth2Strategy {
      authorizationParams() {
        return { aud: fhirBase };
      }
    }
    const options = {
      authorizationURL: `${issuer}/authorize`,
      tokenURL: `${issuer}/token`,
      clientID: registered.client_id,
      clientSecret: registered.client_secret,
      callbackURL: callback,
      scope: SCOPE,
      pkce: true,
      state: true,
    };
    const verify = (
      accessToken: string,
      _refreshToken: string,
      { patient }: { patient: string },
      _profile: object,
      done: (error: null, user: PassportRequest['user']) => void,
    ) => done(null, { accessToken, patient });
    passport.use('smart', new SmartStrategy(options, verify));
    const { headers } = await fetch(`${origin}/log-in`, { redirect: 'manual' });
    const back = await answerAs(member, headers.get('location') ?? '', callback);
    const user = (await (await fetch(back)).json()) as NonNullable<PassportRequest['user']>;
    expect(user.patient).toBe(patientId);
    const read = await fetch(`${fhirBase}/Patient/${patientId}`, {
      headers: { authorization: `Bearer ${user.accessToken}` },
    });
    expect(read.status).toBe(200);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
});
