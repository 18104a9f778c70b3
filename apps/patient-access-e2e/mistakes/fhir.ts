/** Mistakes at the FHIR API: tokens, paths, methods, formats. */
import { type Mistake, mistake, type Scene } from './scene.ts';
import { bearer, encodeForm, type Mistaken, send } from './send.ts';

/** Reads below the FHIR base with the whole token. */
const reading =
  (path: string | ((scene: Scene) => string), change: Mistaken = {}) =>
  (scene: Scene) =>
    send(`${scene.dev.fhir}${typeof path === 'function' ? path(scene) : path}`, {
      ...change,
      headers: [bearer(scene.whole.access_token), ...(change.headers ?? [])],
    });

const withHeaders =
  (headers: (scene: Scene) => Mistaken['headers'], path = '/Observation') =>
  (scene: Scene) =>
    send(`${scene.dev.fhir}${path}`, { headers: headers(scene) });

const JSON_TYPE = ['content-type', 'application/fhir+json'] as const;
const WRITE = { headers: [JSON_TYPE], body: '{"resourceType":"Observation"}' };

export const CREDENTIAL_MISTAKES: readonly Mistake[] = [
  mistake(
    'no token',
    'token-missing',
    /access token/,
    withHeaders(() => []),
  ),
  mistake(
    'Basic in place of Bearer',
    'token-invalid',
    /Basic.*Bearer/,
    withHeaders(() => [['authorization', 'Basic YTpi']]),
  ),
  mistake(
    'a token without a scheme',
    'token-invalid',
    /Bearer/,
    withHeaders(({ whole }) => [['authorization', whole.access_token]]),
  ),
  mistake(
    'a token in quotation marks',
    'token-invalid',
    /Bearer/,
    withHeaders(({ whole }) => [['authorization', `Bearer "${whole.access_token}"`]]),
  ),
  mistake(
    'the word undefined as token',
    'token-invalid',
    /undefined|Bearer/,
    withHeaders(() => [['authorization', 'Bearer undefined']]),
  ),
  mistake(
    'the id_token as token',
    'token-invalid',
    /id_token|JWT/,
    withHeaders(({ whole }) => [bearer(whole.id_token)]),
  ),
  mistake(
    'the refresh token as token',
    'token-invalid',
    /expired, revoked|another/,
    withHeaders(({ whole }) => [bearer(whole.refresh_token)]),
  ),
  mistake('a token of another plan', 'token-invalid', /another server|another plan/, ({ other, whole }) =>
    send(`${other.fhir}/Observation`, { headers: [bearer(whole.access_token)] }),
  ),
  mistake('a token in the query', 'token-invalid', /Authorization header/, ({ dev, whole }) =>
    send(`${dev.fhir}/Observation?access_token=${whole.access_token}`),
  ),
  mistake(
    'a token in header and query',
    'request-invalid',
    /Authorization header, once/,
    reading(({ whole }) => `/Observation?access_token=${whole.access_token}`),
  ),
  mistake(
    'two tokens',
    'request-invalid',
    /Authorization header, once/,
    withHeaders(({ whole }) => [bearer(whole.access_token), bearer(whole.access_token)]),
  ),
  mistake(
    'a bound token as Bearer',
    'proof-invalid',
    /DPoP/,
    withHeaders(({ bound }) => [bearer(bound.access_token)]),
  ),
  mistake(
    'a bound token without a proof',
    'proof-invalid',
    /proof/,
    withHeaders(({ bound }) => [['authorization', `DPoP ${bound.access_token}`]]),
  ),
  mistake(
    'a proof for another address',
    'proof-invalid',
    /htu|proof/,
    withHeaders(({ bound, proofKey, dev }) => [
      ['authorization', `DPoP ${bound.access_token}`],
      ['dpop', proofKey.proof('GET', `${dev.fhir}/Patient`, bound.access_token)],
    ]),
  ),
  mistake(
    'a token without a key with DPoP',
    'token-invalid',
    /Bearer/,
    withHeaders(({ whole }) => [['authorization', `DPoP ${whole.access_token}`]]),
  ),
];

export const PATH_MISTAKES: readonly Mistake[] = [
  mistake('a name in the plural', 'not-found', /Observations.*Observation\b/, reading('/Observations')),
  mistake('a name in lower case', 'not-found', /patient.*Patient/, reading('/patient/1')),
  mistake(
    'a type that is not here',
    'not-found',
    /no resource type StructureDefinition.*CapabilityStatement/,
    reading('/StructureDefinition/1'),
  ),
  mistake('the version in the path', 'not-found', /no resource type r4|r4/, reading('/r4/Patient')),
  mistake('two slashes after the base', 'not-found', /One slash follows the FHIR base/, reading('//Patient')),
  mistake('a base within the base, without a token', 'not-found', /no resource type fhir/, ({ dev }) =>
    send(`${dev.fhir}/fhir/Patient`),
  ),
  mistake('two slashes, without a token', 'not-found', /One slash follows the FHIR base/, ({ dev }) =>
    send(`${dev.fhir}//Patient`),
  ),
  mistake('a POST of the metadata, without a token', 'method-unsupported', /takes GET, HEAD/, ({ dev }) =>
    send(`${dev.fhir}/metadata`, { method: 'POST' }),
  ),
  mistake(
    'a POST of the metadata',
    'method-unsupported',
    /takes GET, HEAD/,
    reading('/metadata', { method: 'POST' }),
  ),
  mistake('another base', 'not-found', /base|path/i, ({ dev, whole }) =>
    send(`${dev.origin}/fhir/r4/Patient`, { headers: [bearer(whole.access_token)] }),
  ),
  mistake('the base without a plan', 'not-found', /plan|base/i, ({ dev, whole }) =>
    send(`${dev.fhir.replace(/\/northwind$/, '')}/Patient`, { headers: [bearer(whole.access_token)] }),
  ),
  mistake('a plan that is not here', 'not-found', /plan|base|path/i, ({ dev, whole }) =>
    send(`${dev.fhir.replace('northwind', 'nowhere')}/Patient`, { headers: [bearer(whole.access_token)] }),
  ),
  mistake('bulk export', 'not-found', /\$export/, reading('/Patient/$export')),
  mistake('GraphQL', 'not-found', /\$graphql/, reading('/$graphql')),
  mistake('an operation that is not here', 'not-found', /\$lastn/, reading('/Observation/$lastn')),
  mistake('an operation at another level', 'not-found', /\$everything/, reading('/Observation/$everything')),
  mistake(
    'a resource that is not there',
    'not-found',
    /no such resource/,
    reading('/Observation/nothing-here'),
  ),
  mistake(
    'a version that is not there',
    'not-found',
    /no such resource/,
    reading(({ whole }) => `/Patient/${whole.patient}/_history/999`),
  ),
  mistake('the record of another member', 'not-found', /no such resource/, reading('/Patient/somebody-else')),
  mistake(
    'a compartment',
    'request-too-wide',
    /patient|type/,
    reading(({ whole }) => `/Patient/${whole.patient}/Observation`),
  ),
  mistake('all types at once', 'request-too-wide', /type/, reading('?_type=Observation,Condition')),
  mistake(
    'a type to which nobody agreed',
    'scope-insufficient',
    /needs patient\/Condition\.s/,
    ({ dev, narrow }) => send(`${dev.fhir}/Condition`, { headers: [bearer(narrow.access_token)] }),
  ),
  mistake(
    'the audit trail with a wildcard',
    'scope-insufficient',
    /patient\/AuditEvent\.s/,
    reading('/AuditEvent'),
  ),
  mistake('a search for Binary', 'not-found', /Binary has no such interaction.*read/, reading('/Binary')),
  mistake(
    'a create',
    'method-unsupported',
    /not supported/,
    reading('/Observation', { method: 'POST', ...WRITE }),
  ),
  mistake(
    'an update',
    'method-unsupported',
    /not supported/,
    reading('/Observation/1', { method: 'PUT', ...WRITE }),
  ),
  mistake(
    'a patch',
    'method-unsupported',
    /not supported/,
    reading('/Observation/1', { method: 'PATCH', ...WRITE }),
  ),
  mistake('a delete', 'method-unsupported', /not supported/, reading('/Observation/1', { method: 'DELETE' })),
  mistake(
    'a batch',
    'method-unsupported',
    /not supported.*Batches.*each request by itself/,
    reading('', { method: 'POST', headers: [JSON_TYPE], body: '{"resourceType":"Bundle","type":"batch"}' }),
  ),
  mistake(
    'the history of a type',
    'not-found',
    /Observation has no such interaction.*history-instance/,
    reading('/Observation/_history'),
  ),
  mistake(
    'the history of all types',
    'not-found',
    /no history of all types.*_lastUpdated/,
    reading('/_history'),
  ),
  mistake(
    'GET of _search',
    'method-unsupported',
    /POST|not supported/,
    reading('/Observation/_search?code=1'),
  ),
  mistake(
    'XML',
    'format-unsupported',
    /application\/fhir\+json/,
    reading('/Observation', { headers: [['accept', 'application/fhir+xml']] }),
  ),
  mistake(
    '_format=xml',
    'format-unsupported',
    /application\/fhir\+json/,
    reading('/Observation?_format=xml'),
  ),
  mistake(
    'the content of a document as JPEG',
    'format-unsupported',
    /application\/fhir\+json/,
    reading('/Observation', { headers: [['accept', 'image/jpeg']] }),
  ),
  mistake(
    'a search as JSON',
    'media-type-unsupported',
    /x-www-form-urlencoded/,
    reading('/Observation/_search', { method: 'POST', headers: [JSON_TYPE], body: '{}' }),
  ),
  mistake(
    'a compressed search',
    'media-type-unsupported',
    /Content-Encoding/,
    reading('/Observation/_search', {
      method: 'POST',
      headers: [
        ['content-encoding', 'gzip'],
        ['content-type', 'application/x-www-form-urlencoded'],
      ],
      body: encodeForm({ code: '1' }),
    }),
  ),
  mistake(
    'a search of 70 KB',
    'body-too-large',
    /64 KiB/,
    reading('/Observation/_search', {
      method: 'POST',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: `code=${'x'.repeat(70_000)}`,
    }),
  ),
  mistake(
    'a URL of 17,000 characters',
    'url-too-long',
    /16,000/,
    reading(`/Observation?code=${'x'.repeat(17_000)}`),
  ),
  mistake(
    'headers of 60 KB',
    'headers-too-large',
    /headers/i,
    reading('/Observation', { headers: [['cookie', 'x'.repeat(60_000)]] }),
  ),
  mistake(
    'another host',
    'host-unknown',
    /host/,
    reading('/Observation', { headers: [['host', 'ehr.example']] }),
  ),
  mistake('broken percent-encoding', 'request-invalid', /percent|encod/i, reading('/Observation?code=%zz')),
  mistake('a NUL in the path', 'not-found', /is no id/, reading('/Observation/%00')),
];
