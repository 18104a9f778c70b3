/** Mistakes of somebody's first hour: what was copied from a tutorial, a terminal, or another server's guide. */
import { createHash } from 'node:crypto';
import { CALLBACK } from './people.ts';
import { type Change, changeIn, type Mistake, mistake, type Scene } from './scene.ts';
import { basicHeader, bearer, postForm, postJson, send } from './send.ts';

const asking = (change: Change) => (scene: Scene) =>
  send(scene.dev.request(scene.app, changeIn(scene, change)).url);

const registering = (metadata: object) => (scene: Scene) =>
  postJson(`${scene.dev.issuer}/register`, {
    client_name: 'First Hour',
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
    ...metadata,
  });

const reading =
  (path: string | ((scene: Scene) => string), headers: (readonly [string, string])[] = []) =>
  (scene: Scene) =>
    send(`${scene.dev.fhir}${typeof path === 'function' ? path(scene) : path}`, {
      headers: [bearer(scene.whole.access_token), ...headers],
    });

const withToken = (header: (token: string) => readonly [string, string]) => (scene: Scene) =>
  send(`${scene.dev.fhir}/Patient`, { headers: [header(scene.whole.access_token)] });

export const FIRST_HOUR_MISTAKES: readonly Mistake[] = [
  mistake(
    'scopes separated by commas',
    'scope-invalid',
    /Received: openid,launch.*spaces between them/,
    asking({ scope: 'openid,launch/patient,patient/*.rs' }),
  ),
  mistake(
    'scopes as a list in JSON',
    'scope-invalid',
    /none of the requested scopes.*spaces between them/,
    asking({ scope: '["openid","patient/*.rs"]' }),
  ),
  mistake(
    'scopes whose + was encoded',
    'scope-invalid',
    /Received: launch\/patient\+patient.*spaces between them/,
    asking({ scope: 'launch/patient+patient/*.rs' }),
  ),
  mistake(
    'scopes of a backend service',
    'scope-invalid',
    /Received: system\/\*\.rs.*patient\/Patient\.rs/,
    asking({ scope: 'system/*.rs' }),
  ),
  mistake(
    'a challenge in plain base64',
    'pkce-invalid',
    /43 characters.*base64url/,
    asking({ code_challenge: `${'A'.repeat(41)}+/` }),
  ),
  mistake(
    'an aud that is encoded twice',
    'audience-wrong',
    /Expected: http:\S+ Received: http%3A/,
    asking(({ dev }) => ({ aud: encodeURIComponent(dev.fhir) })),
  ),
  mistake(
    'the metadata as aud',
    'audience-wrong',
    /Received: \S+\/metadata/,
    asking(({ dev }) => ({ aud: `${dev.fhir}/metadata` })),
  ),
  mistake(
    'a redirect_uri at localhost in place of 127.0.0.1',
    'redirect-uri-unregistered',
    /differs in the name of the loopback address/,
    asking({ redirect_uri: 'http://localhost:53210/callback' }),
  ),
  mistake(
    'a redirect_uri that is encoded twice',
    'redirect-uri-unregistered',
    /differs in percent-encoding/,
    asking({ redirect_uri: encodeURIComponent(CALLBACK) }),
  ),
  mistake(
    'two redirect_uris in one',
    'redirect-uri-unregistered',
    /letter by letter.*callback,http/,
    asking({ redirect_uri: `${CALLBACK},${CALLBACK}` }),
  ),
  mistake(
    'a client_id with a space at its end',
    'client-unknown',
    /characters that do not belong there.*client_id that the registration/,
    asking(({ app }) => ({ client_id: `${app.client_id} ` })),
  ),
  mistake(
    'the challenge in place of the verifier',
    'code-verifier-wrong',
    /code_verifier does not fit.*challenge is its SHA-256/,
    async ({ dev, app }) => {
      const { code, verifier } = await dev.code(app);
      return dev.redeem(
        app,
        { code, verifier },
        { code_verifier: createHash('sha256').update(verifier).digest('base64url') },
      );
    },
  ),
  mistake(
    'the whole answer in place of the code',
    'grant-invalid',
    /value alone.*not the whole address/,
    async ({ dev, app }) => {
      const { code, verifier } = await dev.code(app);
      return dev.redeem(app, { code, verifier }, { code: `${CALLBACK}?code=${code}&state=the-state` });
    },
  ),
  mistake('a code that was encoded twice', 'grant-invalid', /decoded once/, async ({ dev, app }) => {
    const { code, verifier } = await dev.code(app);
    return dev.redeem(app, { code, verifier }, { code: `${code}%3D%3D` });
  }),
  mistake('a refresh token as code', 'grant-invalid', /exactly as it came/, async ({ dev, app, whole }) => {
    const { code, verifier } = await dev.code(app);
    return dev.redeem(app, { code, verifier }, { code: whole.refresh_token });
  }),
  mistake(
    'a public client with curl -u',
    'oauth-request-invalid',
    /public client has no secret.*client_id in the form/,
    async ({ dev, app }) => {
      const { code, verifier } = await dev.code(app);
      return postForm(
        `${dev.issuer}/token`,
        { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK },
        [basicHeader(app.client_id, '')],
      );
    },
  ),
  mistake(
    'a revocation as JSON',
    'oauth-request-invalid',
    /x-www-form-urlencoded/,
    ({ dev, app, stranger }) =>
      postJson(`${dev.issuer}/revoke`, { token: 'x', client_id: stranger.client_id || app.client_id }),
  ),
  mistake(
    'redirect_uri in place of redirect_uris',
    'registration-redirect-uri-invalid',
    /redirect_uris, a list of addresses, is needed/,
    registering({ redirect_uris: undefined, redirect_uri: CALLBACK }),
  ),
  mistake(
    'redirect_uris as one text',
    'registration-redirect-uri-invalid',
    /^redirect_uris: must be a list of addresses\.$/,
    registering({ redirect_uris: CALLBACK }),
  ),
  mistake(
    'an address without https',
    'registration-redirect-uri-invalid',
    /must use https, or for an app on a device http:\/\/127\.0\.0\.1/,
    registering({ redirect_uris: ['http://app.example/callback'] }),
  ),
  mistake(
    'an address with a wildcard',
    'registration-redirect-uri-invalid',
    /without wildcards/,
    registering({ redirect_uris: ['https://*.app.example/callback'] }),
  ),
  mistake(
    'an address with a fragment',
    'registration-redirect-uri-invalid',
    /must not contain fragments/,
    registering({ redirect_uris: ['https://app.example/#/callback'] }),
  ),
  mistake(
    'a scheme without a dot',
    'registration-redirect-uri-invalid',
    /a scheme with a dot/,
    registering({ redirect_uris: ['myapp://callback'] }),
  ),
  mistake(
    'the implicit grant',
    'registration-invalid',
    /grant_types.*authorization_code/,
    registering({ grant_types: ['implicit'] }),
  ),
  mistake(
    'client_secret_jwt',
    'registration-invalid',
    /token_endpoint_auth_method.*private_key_jwt/,
    registering({ token_endpoint_auth_method: 'client_secret_jwt' }),
  ),
  mistake(
    'private_key_jwt without a key',
    'registration-invalid',
    /private_key_jwt needs jwks or jwks_uri/,
    registering({ token_endpoint_auth_method: 'private_key_jwt' }),
  ),
  mistake(
    'a private key in jwks',
    'registration-invalid',
    /must be public keys/,
    registering({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'c', kid: '1' }] },
    }),
  ),
  mistake(
    'a name that only a plan may have',
    'registration-invalid',
    /must not say .Medicare.*only the plan/,
    registering({ client_name: 'Medicare Helper' }),
  ),
  mistake(
    'a website without https',
    'registration-invalid',
    /client_uri: must be an https URL/,
    registering({ client_uri: 'http://app.example/' }),
  ),
  mistake(
    'a colon after Bearer',
    'token-invalid',
    /no scheme.*Bearer, one space/,
    withToken((token) => ['authorization', `Bearer: ${token}`]),
  ),
  mistake(
    'the scheme Token',
    'token-invalid',
    /scheme Token.*Bearer/,
    withToken((token) => ['authorization', `Token ${token}`]),
  ),
  mistake(
    'a token in a header of its own',
    'token-missing',
    /Authorization: Bearer/,
    withToken((token) => ['x-access-token', token]),
  ),
  mistake(
    'a token in angle brackets',
    'token-invalid',
    /no access token of this server/,
    withToken((token) => ['authorization', `Bearer <${token}>`]),
  ),
  mistake(
    'a token that was cut',
    'token-invalid',
    /not valid here/,
    withToken((token) => ['authorization', `Bearer ${token.slice(0, 20)}`]),
  ),
  mistake('the template of a path', 'not-found', /no id\..*placeholder/, reading('/Patient/{id}')),
  mistake('a path with :id', 'not-found', /no id\..*placeholder/, reading('/Patient/:id')),
  mistake(
    'a reference in place of an id',
    'not-found',
    /A path is Patient\/id/,
    reading(({ whole }) => `/Patient/Patient/${whole.patient}`),
  ),
  mistake(
    'a date as seconds',
    'parameter-invalid',
    /not a date.*ge2026-01-31/,
    reading('/Observation?date=1767225600'),
  ),
  mistake(
    'a range of dates',
    'parameter-invalid',
    /not a date.*prefixes are/,
    reading('/Observation?date=2026-01-01..2026-02-01'),
  ),
  mistake(
    'a date with a sign',
    'parameter-invalid',
    /not a date.*prefixes are/,
    reading('/Observation?date=%3E%3D2026-01-01'),
  ),
  mistake(
    'an include by the name of an element',
    'parameter-unsupported',
    /Coverage:payer.*Type:\*/,
    reading('/Coverage?_include=Coverage:payer'),
  ),
  mistake(
    'a page by its number',
    'parameter-unsupported',
    /follow the link next/,
    reading('/Observation?_page=2'),
  ),
  mistake(
    'a media type of DSTU2',
    'format-unsupported',
    /FHIR JSON/,
    reading('/Patient', [['accept', 'application/xml+fhir']]),
  ),
  mistake('two members at once', 'member-other', /for one member/, reading('/Observation?patient=one,two')),
  mistake('$everything of a type', 'not-found', /Patient\/\$everything/, reading('/Observation/$everything')),
];
