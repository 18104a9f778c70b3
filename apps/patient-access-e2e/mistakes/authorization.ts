/** Mistakes in authorization requests. The apps are not checked by the plan, so a person sees the answer as a page. */
import { encodeForm, send } from './send.ts';
import { type Change, changeIn, type Mistake, mistake, type Scene } from './scene.ts';

/** Opens the address of a request with one thing changed. */
const asking = (change: Change) => (scene: Scene) =>
  send(scene.dev.request(scene.app, changeIn(scene, change)).url);

export const AUTHORIZATION_MISTAKES: readonly Mistake[] = [
  mistake('no client_id', 'authorization-invalid', /client_id is missing/, asking({ client_id: undefined })),
  mistake(
    'a client_id with a typing error',
    'client-unknown',
    /client_id is unknown.*registration/,
    asking(({ app }) => ({ client_id: `${app.client_id}x` })),
  ),
  mistake('the client_id of another plan', 'client-unknown', /at this plan/, ({ other, app }) =>
    send(other.request(app).url),
  ),
  mistake(
    'no redirect_uri',
    'redirect-uri-unregistered',
    /redirect_uri is missing.*registered/,
    asking({ redirect_uri: undefined }),
  ),
  mistake(
    'a redirect_uri with a final slash',
    'redirect-uri-unregistered',
    /differs in a final slash/,
    asking({ redirect_uri: 'http://127.0.0.1:53210/callback/' }),
  ),
  mistake(
    'a redirect_uri in upper case',
    'redirect-uri-unregistered',
    /upper and lower case/,
    asking({ redirect_uri: 'http://127.0.0.1:53210/Callback' }),
  ),
  mistake(
    'a redirect_uri with https',
    'redirect-uri-unregistered',
    /http or https/,
    asking({ redirect_uri: 'https://127.0.0.1:53210/callback' }),
  ),
  mistake(
    'a redirect_uri with a query',
    'redirect-uri-unregistered',
    /its query/,
    asking({ redirect_uri: 'http://127.0.0.1:53210/callback?from=plan' }),
  ),
  mistake(
    'a redirect_uri of another host',
    'redirect-uri-unregistered',
    /not registered.*letter by letter/,
    asking({ redirect_uri: 'https://app.example/cb' }),
  ),
  mistake(
    'no response_type',
    'authorization-invalid',
    /response_type is missing.*response_type=code/,
    asking({ response_type: undefined }),
  ),
  mistake(
    'the implicit flow',
    'response-type-unsupported',
    /response_type must be code.*token/,
    asking({ response_type: 'token' }),
  ),
  mistake(
    'the hybrid flow',
    'response-type-unsupported',
    /must be code/,
    asking({ response_type: 'code id_token' }),
  ),
  mistake(
    'response_mode=form_post',
    'response-mode-unsupported',
    /response_mode must be query/,
    asking({ response_mode: 'form_post' }),
  ),
  mistake(
    'no scope',
    'scope-invalid',
    /scope is missing.*patient\/Patient\.rs/,
    asking({ scope: undefined }),
  ),
  mistake(
    'no scope of SMART',
    'scope-invalid',
    /none of the requested scopes.*cheese/,
    asking({ scope: 'cheese email' }),
  ),
  mistake(
    'a scope without letters',
    'scope-invalid',
    /malformed.*patient\/Observation\b/,
    asking({ scope: 'patient/Observation' }),
  ),
  mistake(
    'letters in the wrong order',
    'scope-invalid',
    /malformed.*patient\/Observation\.sr/,
    asking({ scope: 'launch/patient patient/Observation.sr' }),
  ),
  mistake(
    'v1 and v2 mixed in one scope',
    'scope-invalid',
    /malformed/,
    asking({ scope: 'patient/Observation.readsearch' }),
  ),
  mistake(
    'a granular scope by an unknown parameter',
    'scope-invalid',
    /scope: .*patient\/Observation\.rs\?colour/,
    asking({ scope: 'patient/Observation.rs?colour=red' }),
  ),
  mistake(
    'writing scopes only',
    'scope-invalid',
    /none of the requested scopes/,
    asking({ scope: 'patient/Observation.cud' }),
  ),
  mistake(
    'no aud',
    'audience-wrong',
    /aud is missing\. Send aud=http.*northwind/,
    asking({ aud: undefined }),
  ),
  mistake(
    'aud without the plan',
    'audience-wrong',
    /Expected: http\S*northwind\. Received: http\S*v2\./,
    asking(({ dev }) => ({ aud: dev.fhir.replace(/\/northwind$/, '') })),
  ),
  mistake(
    'the issuer as aud',
    'audience-wrong',
    /Expected: \S+payer\S+ Received: \S+auth/,
    asking(({ dev }) => ({ aud: dev.issuer })),
  ),
  mistake(
    'aud of another plan',
    'audience-wrong',
    /Received: \S+lakeside/,
    asking(({ other }) => ({ aud: other.fhir })),
  ),
  mistake(
    'another resource',
    'audience-wrong',
    /resource must be the FHIR base/,
    asking({ resource: 'https://api.example/fhir' }),
  ),
  mistake(
    'no PKCE',
    'pkce-invalid',
    /code_challenge is missing.*SHA-256/,
    asking({ code_challenge: undefined, code_challenge_method: undefined }),
  ),
  mistake(
    'PKCE with plain',
    'pkce-invalid',
    /code_challenge_method must be S256.*plain/,
    asking({ code_challenge_method: 'plain' }),
  ),
  mistake(
    'PKCE without a method',
    'pkce-invalid',
    /code_challenge_method is missing.*S256/,
    asking({ code_challenge_method: undefined }),
  ),
  mistake(
    'a challenge in hex',
    'pkce-invalid',
    /code_challenge must be 43 characters/,
    asking({ code_challenge: 'abcdef0123456789' }),
  ),
  mistake(
    'a challenge with padding',
    'pkce-invalid',
    /without =/,
    asking({ code_challenge: `${'A'.repeat(43)}=` }),
  ),
  mistake(
    'a launch without its scope',
    'launch-invalid',
    /Add launch or launch\/patient to scope/,
    asking({ launch: 'abc', scope: 'patient/*.rs' }),
  ),
  mistake(
    'a launch that nobody opened',
    'launch-invalid',
    /launch is unknown.*portal/,
    asking({ launch: 'abc', scope: 'launch patient/*.rs' }),
  ),
  mistake(
    'the scope launch alone',
    'launch-invalid',
    /needs the parameter launch/,
    asking({ scope: 'launch' }),
  ),
  mistake(
    'a request object',
    'request-object-unsupported',
    /request.*not supported.*parameters themselves/,
    asking({ request: 'eyJ.eyJ.x' }),
  ),
  mistake(
    'a request_uri on the web',
    'request-object-unsupported',
    /request_uri|PAR/,
    asking({ request_uri: 'https://app.example/request.jwt' }),
  ),
  mistake(
    'registration in the request',
    'request-object-unsupported',
    /registration/,
    asking({ registration: '{}' }),
  ),
  mistake(
    'a pushed request that is not there',
    'request-uri-invalid',
    /request_uri is unknown.*Push/,
    ({ dev, app }) =>
      send(
        `${dev.issuer}/authorize?${encodeForm({ client_id: app.client_id, request_uri: 'urn:ietf:params:oauth:request_uri:abc' })}`,
      ),
  ),
  mistake(
    'prompt=select_account',
    'authorization-invalid',
    /prompt must be none, login or consent/,
    asking({ prompt: 'select_account' }),
  ),
  mistake(
    'prompt=none with another',
    'authorization-invalid',
    /prompt=none must stand alone/,
    asking({ prompt: 'none login' }),
  ),
  mistake(
    'prompt=none without a login',
    'login-needed',
    /prompt=none.*without prompt/,
    asking({ prompt: 'none' }),
  ),
  mistake(
    'max_age without openid',
    'authorization-invalid',
    /max_age can be used only with the scope openid/,
    asking({ max_age: '60', scope: 'launch/patient patient/*.rs' }),
  ),
  mistake(
    'max_age in words',
    'authorization-invalid',
    /max_age must be a number of seconds/,
    asking({ max_age: 'an hour' }),
  ),
  mistake(
    'an id_token_hint of somebody else',
    'authorization-invalid',
    /id_token_hint/,
    asking({ id_token_hint: 'abc' }),
  ),
  mistake(
    'a state of 5,000 characters',
    'authorization-invalid',
    /state is longer than 4096/,
    asking({ state: 'x'.repeat(5_000) }),
  ),
  mistake('state twice', 'authorization-invalid', /state comes twice.*once/, (scene) =>
    send(`${scene.dev.request(scene.app).url}&state=again`),
  ),
  mistake(
    'six faults at once',
    'response-type-unsupported',
    /7 faults.*response_type.*prompt.*code_challenge is missing.*code_challenge_method.*aud.*scope.*max_age/s,
    asking({
      response_type: 'token',
      prompt: 'all',
      code_challenge: undefined,
      code_challenge_method: 'plain',
      aud: 'https://ehr.example',
      scope: 'openid patient/Observation.x',
      max_age: '-1',
    }),
  ),
  mistake('PUT at the authorization endpoint', 'method-unsupported', /takes GET, POST/, ({ dev }) =>
    send(`${dev.issuer}/authorize`, { method: 'PUT' }),
  ),
];
