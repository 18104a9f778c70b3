/** Mistakes at introspection, revocation, userinfo, registration and the sandbox. */
import { type Mistake, mistake } from './scene.ts';
import { basicHeader, bearer, encodeForm, postForm, postJson, send } from './send.ts';
import { CALLBACK } from './people.ts';

/** Registers with one thing changed. */
const registering = (what: string, code: string, says: RegExp, change: object): Mistake =>
  mistake(`a registration with ${what}`, code, says, ({ dev }) =>
    postJson(`${dev.issuer}/register`, {
      client_name: 'Diary of Mistakes',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
      ...change,
    }),
  );

const ADDRESS = 'registration-redirect-uri-invalid';
const METADATA = 'registration-invalid';

export const ENDPOINT_MISTAKES: readonly Mistake[] = [
  mistake(
    'introspection without credentials',
    'client-authentication-failed',
    /names no client/,
    ({ dev, whole }) => postForm(`${dev.issuer}/introspect`, { token: whole.access_token }),
  ),
  mistake('introspection without a token', 'oauth-request-invalid', /lacks token/, ({ dev, inHeader }) =>
    postForm(`${dev.issuer}/introspect`, {}, [basicHeader(inHeader.client_id, inHeader.client_secret)]),
  ),
  mistake(
    'introspection by the token of a member',
    'introspection-not-allowed',
    /introspection|does not allow/,
    ({ dev, whole }) =>
      postForm(`${dev.issuer}/introspect`, { token: whole.access_token }, [bearer(whole.access_token)]),
  ),
  mistake('introspection by a token that is no more', 'token-invalid', /expired|revoked/, ({ dev, whole }) =>
    postForm(`${dev.issuer}/introspect`, { token: whole.access_token }, [
      bearer('a-token-that-nobody-knows'),
    ]),
  ),
  mistake('GET at introspection', 'method-unsupported', /takes POST/, ({ dev }) =>
    send(`${dev.issuer}/introspect?token=x`),
  ),
  mistake('a revocation without a token', 'oauth-request-invalid', /lacks token/, ({ dev, app }) =>
    postForm(`${dev.issuer}/revoke`, { client_id: app.client_id }),
  ),
  mistake('a revocation without a client', 'oauth-request-invalid', /names no client/, ({ dev, whole }) =>
    postForm(`${dev.issuer}/revoke`, { token: whole.refresh_token }),
  ),
  mistake('a revocation of an id_token', 'oauth-request-invalid', /token is a JWT/, ({ dev, app, whole }) =>
    postForm(`${dev.issuer}/revoke`, { token: whole.id_token, client_id: app.client_id }),
  ),
  mistake('userinfo without a token', 'token-missing', /no access token.*Bearer/, ({ dev }) =>
    send(`${dev.issuer}/userinfo`),
  ),
  mistake('userinfo with a token that is no more', 'token-invalid', /expired, revoked/, ({ dev }) =>
    send(`${dev.issuer}/userinfo`, { headers: [bearer('a-token-that-nobody-knows')] }),
  ),
  mistake('userinfo without openid', 'scope-insufficient', /scope openid/, ({ dev, narrow }) =>
    send(`${dev.issuer}/userinfo`, { headers: [bearer(narrow.access_token)] }),
  ),
  mistake(
    'userinfo with the token in the query',
    'oauth-request-invalid',
    /Authorization header/,
    ({ dev, whole }) => send(`${dev.issuer}/userinfo?access_token=${whole.access_token}`),
  ),
  mistake('userinfo with a bound token as Bearer', 'dpop-key-wrong', /bound to a key/, ({ dev, bound }) =>
    send(`${dev.issuer}/userinfo`, { headers: [bearer(bound.access_token)] }),
  ),
  mistake('a registration as a form', METADATA, /application\/json/, ({ dev }) =>
    postForm(`${dev.issuer}/register`, { client_name: 'x' }),
  ),
  mistake(
    'a registration that was cut',
    METADATA,
    /parsed as JSON.*too early, at line 1, column 17/,
    ({ dev }) => postJson(`${dev.issuer}/register`, '{"client_name": '),
  ),
  mistake('a registration that is JavaScript', METADATA, /parsed as JSON.*line 2, column 3/, ({ dev }) =>
    postJson(`${dev.issuer}/register`, "{\n  client_name: 'x'\n}"),
  ),
  mistake('a registration that is a list', METADATA, /must be a JSON object/, ({ dev }) =>
    postJson(`${dev.issuer}/register`, '[]'),
  ),
  mistake('a registration of 20 KiB', 'body-too-large', /16 KiB/, ({ dev }) =>
    postJson(`${dev.issuer}/register`, { client_name: 'x'.repeat(20_000) }),
  ),
  mistake('GET at the registration endpoint', 'method-unsupported', /takes POST/, ({ dev }) =>
    send(`${dev.issuer}/register`),
  ),
  registering('no redirect_uris', ADDRESS, /redirect_uris/, { redirect_uris: undefined }),
  registering('http on the web', ADDRESS, /https/, { redirect_uris: ['http://app.example/cb'] }),
  registering('a fragment', ADDRESS, /fragment/, { redirect_uris: ['https://app.example/cb#x'] }),
  registering('a wildcard', ADDRESS, /redirect_uris/, { redirect_uris: ['https://*.app.example/cb'] }),
  registering('a scheme without a dot', ADDRESS, /redirect_uris/, { redirect_uris: ['myapp:/cb'] }),
  registering('client_secret_jwt', METADATA, /token_endpoint_auth_method/, {
    token_endpoint_auth_method: 'client_secret_jwt',
  }),
  registering('private_key_jwt without keys', METADATA, /jwks/, {
    token_endpoint_auth_method: 'private_key_jwt',
  }),
  registering('an unknown grant type', METADATA, /grant_types/, { grant_types: ['implicit'] }),
  registering('the name of an authority', METADATA, /client_name/, { client_name: 'Medicare' }),
  registering('a software statement', 'software-statement-unapproved', /software.statement/i, {
    software_statement: 'a.b.c',
  }),
  mistake(
    'reading a registration with another token',
    'registration-token-invalid',
    /registration_access_token/,
    ({ app, stranger }) =>
      send(app.registration_client_uri, { headers: [bearer(stranger.registration_access_token)] }),
  ),
  mistake('an update without client_id', METADATA, /client_id must be/, ({ app }) =>
    send(app.registration_client_uri, {
      method: 'PUT',
      headers: [bearer(app.registration_access_token), ['content-type', 'application/json']],
      body: JSON.stringify({
        client_name: 'Diary of Mistakes',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
      }),
    }),
  ),
  mistake('the sandbox without a token', 'token-invalid', /live access token/, ({ dev }) =>
    postForm(`${dev.origin}/auth/northwind/sandbox/slow`, {}),
  ),
  mistake(
    'a fault that the sandbox does not have',
    'not-found',
    /sandbox|nothing|no such/i,
    ({ dev, whole }) =>
      postForm(`${dev.origin}/auth/northwind/sandbox/explode`, {}, [bearer(whole.access_token)]),
  ),
  mistake('a fault for too long', 'sandbox-request-invalid', /seconds/, ({ dev, whole }) =>
    postForm(`${dev.origin}/auth/northwind/sandbox/throttle`, { seconds: 'abc' }, [
      bearer(whole.access_token),
    ]),
  ),
  mistake('dropping a scope that was not granted', 'sandbox-request-invalid', /scope/, ({ dev, whole }) =>
    postForm(`${dev.origin}/auth/northwind/sandbox/drop-scope`, { scope: 'patient/Banana.rs' }, [
      bearer(whole.access_token),
    ]),
  ),
  mistake('GET at the sandbox', 'method-unsupported', /POST/, ({ dev, whole }) =>
    send(`${dev.origin}/auth/northwind/sandbox/slow`, { headers: [bearer(whole.access_token)] }),
  ),
  mistake('a compressed form', 'media-type-unsupported', /Content-Encoding/, ({ dev }) =>
    send(`${dev.issuer}/token`, {
      method: 'POST',
      headers: [
        ['content-encoding', 'gzip'],
        ['content-type', 'application/x-www-form-urlencoded'],
      ],
      body: encodeForm({ grant_type: 'refresh_token' }),
    }),
  ),
];
