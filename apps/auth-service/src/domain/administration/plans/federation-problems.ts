/** What is wrong with the settings of a plan's logins, found before they are in force. */
import type { TenantSettings } from '../../tenant/settings.ts';

const PEM = /-----BEGIN [A-Z ]+-----/;

interface Written {
  federation?: { clientSecret?: unknown; privateKey?: unknown };
}

/** @returns what is wrong with a private key that is not yet sealed */
function keyProblem(key: string): string | undefined {
  if (PEM.test(key)) return 'is PEM: give a private JWK, as JSON text';
  let jwk: Record<string, unknown>;
  try {
    jwk = Object(JSON.parse(key)) as Record<string, unknown>;
  } catch {
    return 'is not JSON: give a private JWK, as JSON text';
  }
  if (typeof jwk['kty'] !== 'string') return 'is not a JWK: kty is missing';
  if (typeof jwk['d'] !== 'string') return 'is a public key: d is missing';
  if (typeof jwk['alg'] !== 'string') return 'has no alg: say with which algorithm it signs, such as RS256';
  return undefined;
}

/** @param written the settings as an administrator wrote them, before secrets are sealed */
export function secretProblems(written: unknown): string[] {
  const { privateKey } = (written as Written | null)?.federation ?? {};
  const isSealed = typeof privateKey === 'string' && privateKey.startsWith('sealed:');
  const problem = typeof privateKey === 'string' && !isSealed ? keyProblem(privateKey) : undefined;
  return problem === undefined ? [] : [`federation.privateKey: ${problem}`];
}

/** Is the audience of administrators that of other tokens, too? */
const isLoginAudience = ({
  administrators,
  clientId,
  launchByIdToken,
}: NonNullable<TenantSettings['federation']>): boolean =>
  administrators !== undefined &&
  [clientId, ...(launchByIdToken?.audiences ?? [])].includes(administrators.audience);

/** What can be said without asking the provider. */
export function loginProblems(
  { passwordLogin, secondFactor, federation }: TenantSettings,
  kind: 'preview' | 'production',
): string[] {
  if (!federation) return passwordLogin ? [] : ['passwordLogin: nobody could log in: there is no federation'];
  const issuer = new URL(federation.issuer);
  const problems = [
    issuer.protocol === 'http:' &&
      kind === 'production' &&
      'federation.issuer: a production plan needs https',
    (issuer.search !== '' || issuer.hash !== '') && 'federation.issuer: has a query or a fragment',
    !federation.scope.split(' ').includes('openid') && 'federation.scope: openid is missing',
    federation.auditors !== undefined &&
      kind === 'production' &&
      !federation.secondFactor &&
      'federation.secondFactor: say by which acr or amr the provider tells that a second factor was used, as auditors of a production plan need one',
    federation.administrators !== undefined &&
      kind === 'production' &&
      !federation.secondFactor &&
      'federation.secondFactor: say by which acr or amr the provider tells that a second factor was used, as administrators of a production plan need one',
    isLoginAudience(federation) &&
      'federation.administrators.audience: is the client id of a login: every token of that login would be one for the administration',
    secondFactor === 'required' &&
      !federation.secondFactor &&
      'federation.secondFactor: say by which acr or amr the provider tells that a second factor was used, as secondFactor is required',
  ];
  return problems.filter((problem) => problem !== false);
}

/** What a discovery document says, as far as it matters here (OpenID Connect Discovery 1.0 section 3). */
export interface ProviderMetadata {
  issuer?: unknown;
  authorization_endpoint?: unknown;
  token_endpoint?: unknown;
  userinfo_endpoint?: unknown;
  jwks_uri?: unknown;
  response_types_supported?: unknown;
  id_token_signing_alg_values_supported?: unknown;
  token_endpoint_auth_methods_supported?: unknown;
  code_challenge_methods_supported?: unknown;
  require_pushed_authorization_requests?: unknown;
  require_signed_request_object?: unknown;
  response_modes_supported?: unknown;
}

const MUTUAL_TLS = ['tls_client_auth', 'self_signed_tls_client_auth'];

/** How the provider wants to know this server (RFC 8414 section 2, RFC 8705 section 2). */
function clientAuthenticationProblem(methods: unknown, method: string): string | undefined {
  if (!Array.isArray(methods) || methods.includes(method)) return undefined;
  if (methods.every((one) => MUTUAL_TLS.includes(String(one))))
    return 'the provider knows clients by mutual TLS alone, which is not offered here';
  const offered = ['client_secret_basic', 'private_key_jwt'].filter((one) => methods.includes(one));
  const instead = offered.length > 0 ? ` It accepts ${offered.join(', ')}.` : '';
  return `the provider does not accept ${method}; client_secret_post, client_secret_jwt and mutual TLS are not offered here.${instead}`;
}

const lacks = (list: unknown, ...values: string[]): boolean =>
  Array.isArray(list) && !values.some((value) => list.includes(value));

function endpointProblems(metadata: ProviderMetadata, issuer: string, userinfo: boolean): string[] {
  const { host, protocol } = new URL(issuer);
  const names = [
    'token_endpoint',
    'jwks_uri',
    ...(userinfo ? ['userinfo_endpoint'] : []),
  ] as (keyof ProviderMetadata)[];
  return names.flatMap((name) => {
    const url = URL.parse(String(metadata[name]));
    if (!url) return [`the provider has no ${name}`];
    const same = url.host === host && url.protocol === protocol;
    return same ? [] : [`its ${name} is at ${url.host}: only the issuer's own host is asked`];
  });
}

/** What the provider says of itself against the settings. */
export function metadataProblems(
  { issuer, idTokenAlg, privateKey, userinfo }: NonNullable<TenantSettings['federation']>,
  metadata: ProviderMetadata,
): string[] {
  const algorithms = idTokenAlg === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [idTokenAlg];
  const method = privateKey === undefined ? 'client_secret_basic' : 'private_key_jwt';
  const problems = [
    metadata.issuer !== issuer &&
      `federation.issuer: the provider calls itself ${JSON.stringify(metadata.issuer)}, letter for letter`,
    lacks(metadata.id_token_signing_alg_values_supported, ...algorithms) &&
      `federation.idTokenAlg: the provider does not sign with ${idTokenAlg}`,
    clientAuthenticationProblem(metadata.token_endpoint_auth_methods_supported, method),
    lacks(metadata.code_challenge_methods_supported, 'S256') && 'the provider does not offer PKCE with S256',
    lacks(metadata.response_types_supported, 'code') && 'the provider does not offer the code flow',
    metadata.require_pushed_authorization_requests === true &&
      'the provider wants pushed authorization requests, which are not sent from here',
    metadata.require_signed_request_object === true &&
      'the provider wants signed authorization requests, which are not sent from here',
    lacks(metadata.response_modes_supported, 'query') &&
      'the provider does not answer in the query, as an encrypted or signed answer is not offered here',
  ];
  return [
    ...problems.filter((problem) => typeof problem === 'string'),
    ...endpointProblems(metadata, issuer, userinfo),
  ];
}
