/** Mistakes at the token endpoint, with codes, refresh tokens and DPoP. */
import { type Change, changeIn, type Mistake, mistake, type Scene } from './scene.ts';
import { postForm, postJson, send } from './send.ts';
import { CALLBACK } from './people.ts';

/** Redeems a new code with one thing changed. */
const redeeming = (change: Change) => async (scene: Scene) =>
  scene.dev.redeem(scene.app, await scene.dev.code(scene.app), changeIn(scene, change));

/** Refreshes with a proof that is wrong in one thing. */
const proving =
  (change: Record<string, unknown>, method = 'POST', endpoint = 'token') =>
  (scene: Scene) => {
    const { dev, app, bound, proofKey } = scene;
    const proof = proofKey.proof(method, `${dev.issuer}/${endpoint}`, undefined, change);
    return dev.token(
      { grant_type: 'refresh_token', refresh_token: bound.refresh_token, client_id: app.client_id },
      [['dpop', proof]],
    );
  };

const refreshing = (change: Change) => (scene: Scene) =>
  scene.dev.refresh(scene.app, scene.whole.refresh_token, changeIn(scene, change));

export const TOKEN_MISTAKES: readonly Mistake[] = [
  mistake('GET at the token endpoint', 'method-unsupported', /takes POST/, ({ dev }) =>
    send(`${dev.issuer}/token`),
  ),
  mistake(
    'a token request as JSON',
    'oauth-request-invalid',
    /body must be application\/x-www-form-urlencoded/,
    ({ dev, app }) =>
      postJson(`${dev.issuer}/token`, { grant_type: 'authorization_code', client_id: app.client_id }),
  ),
  mistake('parameters in the query', 'oauth-request-invalid', /in the address are not read/, ({ dev, app }) =>
    send(`${dev.issuer}/token?grant_type=authorization_code&client_id=${app.client_id}`, { method: 'POST' }),
  ),
  mistake(
    'an address without its version',
    'not-found',
    /nothing at this path.*smart-configuration/,
    ({ dev }) => postForm(`${dev.issuer.replace(/\/v1$/, '')}/token`, {}),
  ),
  mistake('an endpoint that is named otherwise elsewhere', 'not-found', /nothing at this path/, ({ dev }) =>
    postForm(`${dev.issuer}/oauth/token`, {}),
  ),
  mistake('a plan that does not exist', 'not-found', /nothing at this path/, ({ dev }) =>
    postForm(`${dev.issuer.replace('northwind', 'nowhere')}/token`, {}),
  ),
  mistake('no grant_type', 'oauth-request-invalid', /lacks grant_type/, redeeming({ grant_type: undefined })),
  mistake(
    'a grant_type with a typing error',
    'grant-type-unsupported',
    /grant_type must be authorization_code.*code/,
    redeeming({ grant_type: 'code' }),
  ),
  mistake('the password grant', 'grant-type-unsupported', /Received: password/, ({ dev, app }) =>
    dev.token({ grant_type: 'password', username: 'a', password: 'b', client_id: app.client_id }),
  ),
  mistake(
    'client_credentials of a member app',
    'grant-type-not-allowed',
    /may not use grant_type=client_credentials/,
    ({ dev, app }) =>
      dev.token({ grant_type: 'client_credentials', client_id: app.client_id, scope: 'system/*.rs' }),
  ),
  mistake(
    'no client_id',
    'oauth-request-invalid',
    /names no client.*Send client_id/,
    redeeming({ client_id: undefined }),
  ),
  mistake(
    'an unknown client_id',
    'client-authentication-failed',
    /no client with this client_id/,
    redeeming({ client_id: 'nobody' }),
  ),
  mistake('no code', 'oauth-request-invalid', /lacks code/, redeeming({ code: undefined })),
  mistake(
    'no redirect_uri',
    'oauth-request-invalid',
    /lacks redirect_uri/,
    redeeming({ redirect_uri: undefined }),
  ),
  mistake('a parameter twice', 'oauth-request-invalid', /code twice.*once/, async ({ dev, app }) => {
    const { code, verifier } = await dev.code(app);
    return postForm(`${dev.issuer}/token`, [
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['code', code],
      ['code_verifier', verifier],
      ['redirect_uri', CALLBACK],
      ['client_id', app.client_id],
    ]);
  }),
  mistake(
    'a code that was cut',
    'grant-invalid',
    /no such code.*exactly as it came/,
    redeeming({ code: 'abcdef' }),
  ),
  mistake(
    'a code of another app',
    'grant-invalid',
    /no such code.*client_id it was given to/,
    redeeming(({ stranger }) => ({ client_id: stranger.client_id })),
  ),
  mistake(
    'no code_verifier',
    'code-verifier-missing',
    /code_verifier is missing.*can still be redeemed/,
    redeeming({ code_verifier: undefined }),
  ),
  mistake(
    'the verifier of another request',
    'code-verifier-wrong',
    /code_verifier does not fit/,
    redeeming({ code_verifier: 'x'.repeat(43) }),
  ),
  mistake('a short verifier', 'code-verifier-wrong', /43 to 128/, redeeming({ code_verifier: 'short' })),
  mistake(
    'another redirect_uri than before',
    'redirect-uri-different',
    /redirect_uri must be that of the authorization request.*Received: http/,
    redeeming({ redirect_uri: 'http://127.0.0.1:53210/other' }),
  ),
  mistake('a code twice', 'code-used', /code was used before.*new authorization/, async ({ dev, app }) => {
    const found = await dev.code(app);
    await dev.redeem(app, found);
    return dev.redeem(app, found);
  }),
  mistake(
    'a refresh token that was cut',
    'grant-invalid',
    /no such code or refresh token/,
    refreshing({ refresh_token: 'abc' }),
  ),
  mistake(
    'no refresh token',
    'oauth-request-invalid',
    /lacks refresh_token/,
    refreshing({ refresh_token: undefined }),
  ),
  mistake(
    'the access token as refresh token',
    'grant-invalid',
    /no such code or refresh token/,
    ({ dev, app, whole }) => dev.refresh(app, whole.access_token),
  ),
  mistake(
    'a refresh token of another app',
    'grant-invalid',
    /client_id it was given to/,
    ({ dev, stranger, whole }) => dev.refresh(stranger, whole.refresh_token),
  ),
  mistake(
    'a refresh for more than was granted',
    'scope-invalid',
    /not granted this scope.*patient\/AuditEvent\.rs/,
    refreshing({ scope: 'patient/AuditEvent.rs' }),
  ),
  mistake(
    'an old refresh token',
    'refresh-token-used',
    /refresh token was used before.*newest/,
    async ({ dev, app }) => {
      const first = await dev.tokens(app);
      const second = JSON.parse((await dev.refresh(app, first.refresh_token)).body) as {
        refresh_token: string;
      };
      await dev.refresh(app, second.refresh_token);
      return dev.refresh(app, first.refresh_token);
    },
  ),
  mistake(
    'a refresh after the app gave up',
    'consent-revoked',
    /given the consent up/,
    async ({ dev, app }) => {
      const { refresh_token: token } = await dev.tokens(app);
      await postForm(`${dev.issuer}/revoke`, { token, client_id: app.client_id });
      return dev.refresh(app, token);
    },
  ),
  mistake(
    'a bound refresh token without a proof',
    'dpop-key-wrong',
    /bound to a key.*DPoP proof/,
    ({ dev, app, bound }) => dev.refresh(app, bound.refresh_token),
  ),
  mistake(
    'a proof for another address',
    'dpop-proof-invalid',
    /htu must be http\S+\/token/,
    proving({}, 'POST', 'introspect'),
  ),
  mistake('a proof for another method', 'dpop-proof-invalid', /htm must be POST/, proving({}, 'GET')),
  mistake(
    'a proof from an hour ago',
    'dpop-proof-invalid',
    /iat must be now/,
    proving({ iat: Math.floor(Date.now() / 1000) - 3_600 }),
  ),
  mistake('a proof without jti', 'dpop-proof-invalid', /jti/, proving({ jti: undefined })),
  mistake('something else as proof', 'dpop-proof-invalid', /typ dpop\+jwt/, ({ dev, app, bound, key }) =>
    dev.token({ grant_type: 'refresh_token', refresh_token: bound.refresh_token, client_id: app.client_id }, [
      ['dpop', key.jwt({ htm: 'POST' })],
    ]),
  ),
];
