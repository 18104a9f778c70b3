/** Issuers for tests of services. They sign introspection responses and publish their keys. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { issuerPath } from '@patient-access/internal-api';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, type TokenClaims } from '@patient-access/smart';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const LIFETIME_SECONDS = 300;
const KEY_ID = 'test-key';
const nowSeconds = () => Math.floor(Date.now() / 1000);

type SigningKey = Parameters<InstanceType<typeof SignJWT>['sign']>[0];

/** What a test may change in a correct introspection JWT. */
export interface IntrospectionJwtChange {
  header?: { alg?: string; typ?: string; kid?: string; [parameter: string]: unknown };
  iss?: string;
  aud?: string;
  /** seconds since the epoch */
  iat?: number;
  key?: SigningKey;
}

export interface TokenIssuer {
  /** base URL, as a service's AUTH_URL */
  url: string;
  /** paths that were requested */
  requests: string[];
  /** claims of a valid token of a member at a tenant */
  claims(tenant: string, patient: string | undefined, change?: Partial<TokenClaims>): TokenClaims;
  /** the private key of a tenant's issuer; the keys of all tenants have the same key id */
  keyOf(tenant: string): Promise<SigningKey>;
  /** @returns an introspection response (RFC 9701) that the issuer of its tenant signed */
  sign(claims: TokenClaims, change?: IntrospectionJwtChange): Promise<string>;
  stop(): Promise<void>;
}

/** A key pair for each tenant, made when it is first needed. */
function keyPairs(): (tenant: string) => ReturnType<typeof generateKeyPair> {
  const pairs = new Map<string, ReturnType<typeof generateKeyPair>>();
  return (tenant) => {
    const pair = pairs.get(tenant) ?? generateKeyPair('ES256');
    pairs.set(tenant, pair);
    return pair;
  };
}

/** Answers other paths than those of key sets. @returns undefined for a path that it does not know */
type OtherAnswers = (path: string, body: string) => object | undefined;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Serves the key of the tenant in the path, `/auth/{tenant}/…`, as a JWK Set, and remembers the paths. */
async function publish(
  pairOf: ReturnType<typeof keyPairs>,
  requests: string[],
  others: OtherAnswers,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { url = '' } = request;
    requests.push(url);
    const other = others(url, await bodyOf(request));
    if (other) return void response.setHeader('content-type', 'application/json').end(JSON.stringify(other));
    const { publicKey } = await pairOf(url.split('/')[2] ?? '');
    const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/**
 * @param publicUrl the beginning of issuers and FHIR bases
 * @param others answers of auth-service that a test needs beside its keys
 */
export async function startTokenIssuer(
  publicUrl: string,
  others: OtherAnswers = () => undefined,
): Promise<TokenIssuer> {
  const pairOf = keyPairs();
  const requests: string[] = [];
  const server = await publish(pairOf, requests, others);
  const issuerOf = (tenant: string) => `${publicUrl}${issuerPath(tenant)}`;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    claims: (tenant, patient, change = {}) => ({
      active: true,
      iss: issuerOf(tenant),
      aud: `${publicUrl}/payer/patient-access/v2/${tenant}`,
      tenant,
      client_id: 'app-1',
      client_name: 'Health Diary',
      sub: `login-of-${patient}`,
      scope: 'patient/*.rs',
      exp: nowSeconds() + LIFETIME_SECONDS,
      iat: nowSeconds(),
      jti: `jti-${patient}`,
      grant_id: `grant-${patient}`,
      ...(patient !== undefined && { patient, fhirUser: `Patient/${patient}` }),
      ...change,
    }),
    keyOf: async (tenant) => (await pairOf(tenant)).privateKey,
    sign: async (claims, change = {}) =>
      new SignJWT({ token_introspection: claims })
        .setProtectedHeader({ alg: 'ES256', typ: INTROSPECTION_JWT_TYPE, kid: KEY_ID, ...change.header })
        .setIssuer(change.iss ?? claims.iss)
        .setAudience(change.aud ?? GATEWAY_CLIENT_ID)
        .setIssuedAt(change.iat ?? nowSeconds())
        .sign(change.key ?? (await pairOf(claims.tenant)).privateKey),
    stop: () => stop(server),
  };
}
