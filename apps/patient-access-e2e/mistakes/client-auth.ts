/** Mistakes in client authentication. */
import { type Mistake, mistake, type Scene } from './scene.ts';
import { basicHeader, bearer, postForm } from './send.ts';
import { CALLBACK } from './people.ts';

type Change = Record<string, string | undefined>;

const CODE = { grant_type: 'authorization_code', code: 'abc', redirect_uri: CALLBACK };

/** Redeems something as the app that authenticates with its key. */
const asserting =
  (jwt: (scene: Scene) => string, change: Change = {}) =>
  (scene: Scene) =>
    scene.dev.token({ ...CODE, ...scene.dev.asserted(jwt(scene)), ...change });

const now = () => Math.floor(Date.now() / 1000);

export const CLIENT_MISTAKES: readonly Mistake[] = [
  mistake(
    'no secret of a confidential client',
    'client-authentication-failed',
    /token_endpoint_auth_method=client_secret_basic, and this request has no credentials/,
    ({ dev, inHeader }) => dev.token({ ...CODE, client_id: inHeader.client_id }),
  ),
  mistake('a wrong secret', 'client-authentication-failed', /client_secret is wrong/, ({ dev, inHeader }) =>
    postForm(`${dev.issuer}/token`, CODE, [basicHeader(inHeader.client_id, 'wrong')]),
  ),
  mistake(
    'a secret in the form of a client with Basic',
    'client-authentication-failed',
    /registered client_secret_basic.*Authorization header/,
    ({ dev, inHeader }) =>
      dev.token({ ...CODE, client_id: inHeader.client_id, client_secret: inHeader.client_secret }),
  ),
  mistake(
    'a secret of a public client',
    'client-authentication-failed',
    /token_endpoint_auth_method=none, and this request has client_secret in the form/,
    ({ dev, app }) => dev.token({ ...CODE, client_id: app.client_id, client_secret: 'x' }),
  ),
  mistake('credentials in two places', 'oauth-request-invalid', /two places/, ({ dev, inHeader }) =>
    postForm(`${dev.issuer}/token`, { ...CODE, client_id: inHeader.client_id, client_secret: 'x' }, [
      basicHeader(inHeader.client_id, inHeader.client_secret),
    ]),
  ),
  mistake('Basic without base64', 'oauth-request-invalid', /Basic and the base64/, ({ dev, inHeader }) =>
    postForm(`${dev.issuer}/token`, CODE, [
      ['authorization', `Basic ${inHeader.client_id}:${inHeader.client_secret}`],
    ]),
  ),
  mistake(
    'a bearer token at the token endpoint',
    'oauth-request-invalid',
    /Basic and the base64/,
    ({ dev, whole }) => postForm(`${dev.issuer}/token`, CODE, [bearer(whole.access_token)]),
  ),
  mistake(
    'two clients in one request',
    'oauth-request-invalid',
    /names two clients/,
    ({ dev, inHeader, inForm }) =>
      postForm(`${dev.issuer}/token`, { ...CODE, client_id: inForm.client_id }, [
        basicHeader(inHeader.client_id, inHeader.client_secret),
      ]),
  ),
  mistake(
    'an assertion that is no JWT',
    'client-authentication-failed',
    /not a JWT/,
    asserting(() => 'abc'),
  ),
  mistake(
    'an assertion without its type',
    'client-authentication-failed',
    /client_assertion_type=urn/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key), {
      client_assertion_type: undefined,
    }),
  ),
  mistake(
    'an assertion for another server',
    'client-authentication-failed',
    /aud must be http\S+\/token or http/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, { aud: 'https://ehr.example' })),
  ),
  mistake(
    'an assertion that has expired',
    'client-authentication-failed',
    /exp has passed.*clock/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, { exp: now() - 60 })),
  ),
  mistake(
    'an assertion for a day',
    'client-authentication-failed',
    /exp must be at most five minutes ahead/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, { exp: now() + 86_400 })),
  ),
  mistake(
    'an assertion without jti',
    'client-authentication-failed',
    /jti/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, { jti: undefined })),
  ),
  mistake(
    'an assertion by another iss',
    'client-authentication-failed',
    /iss .*must be the client_id/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, { iss: 'https://app.example' })),
  ),
  mistake(
    'an assertion with the kid of no key',
    'client-authentication-failed',
    /no registered key with its kid/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, {}, { kid: 'old-key' })),
  ),
  mistake(
    'an assertion with HS256',
    'client-authentication-failed',
    /alg is not supported.*ES384/,
    asserting(({ dev, asserting: app, key }) => dev.assertion(app, key, {}, { alg: 'HS256' })),
  ),
  mistake('an assertion twice', 'client-authentication-failed', /used before.*new jti/, async (scene) => {
    const jwt = scene.dev.assertion(scene.asserting, scene.key);
    await asserting(() => jwt)(scene);
    return asserting(() => jwt)(scene);
  }),
];
