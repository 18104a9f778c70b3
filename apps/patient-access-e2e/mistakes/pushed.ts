/** Mistakes in pushed authorization requests (RFC 9126). */
import { type Change, changeIn, type Mistake, mistake, type Scene } from './scene.ts';
import { postForm, postJson, send } from './send.ts';

/** Pushes a request with one thing changed. */
const pushing = (change: Change) => (scene: Scene) =>
  postForm(`${scene.dev.issuer}/par`, scene.dev.request(scene.app, changeIn(scene, change)).parameters);

export const PUSH_MISTAKES: readonly Mistake[] = [
  mistake(
    'a push without a client',
    'oauth-request-invalid',
    /names no client.*client_id/,
    pushing({ client_id: undefined }),
  ),
  mistake(
    'a push with faults',
    'pkce-invalid',
    /2 faults.*code_challenge_method.*aud.*Expected/,
    pushing({ aud: 'https://ehr.example', code_challenge_method: 'plain' }),
  ),
  mistake(
    'a push of a request_uri',
    'request-object-unsupported',
    /request_uri/,
    pushing({ request_uri: 'urn:ietf:params:oauth:request_uri:abc' }),
  ),
  mistake('a push as JSON', 'oauth-request-invalid', /x-www-form-urlencoded/, ({ dev, app }) =>
    postJson(`${dev.issuer}/par`, { client_id: app.client_id }),
  ),
  mistake('GET at the PAR endpoint', 'method-unsupported', /takes POST/, ({ dev }) =>
    send(`${dev.issuer}/par`),
  ),
];
