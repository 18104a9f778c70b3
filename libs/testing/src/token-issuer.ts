/** The other party to a service's credential: an issuer that signs introspection responses and publishes its key. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, type TokenClaims } from '@patient-access/smart';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const LIFETIME_SECONDS = 300;
const KEY_ID = 'test-key';
const nowSeconds = () => Math.floor(Date.now() / 1000);

type SigningKey = Parameters<InstanceType<typeof SignJWT>['sign']>[0];

/** What a test may say differently from a good statement. */
export interface StatementChange {
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
  /** paths that were asked for */
  requests: string[];
  /** claims of a live token of a member at a tenant */
  claims(tenant: string, patient: string | undefined, change?: Partial<TokenClaims>): TokenClaims;
  /** @returns a signed introspection response (RFC 9701) */
  sign(claims: TokenClaims, change?: StatementChange): Promise<string>;
  stop(): Promise<void>;
}

/** Serves one key as a JWK Set at every path, and remembers the paths. */
async function publish(key: Parameters<typeof exportJWK>[0], requests: string[]): Promise<Server> {
  const jwk = { ...(await exportJWK(key)), kid: KEY_ID, alg: 'ES256', use: 'sig' };
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/**
 * @param publicUrl what issuers and FHIR bases start with
 */
export async function startTokenIssuer(publicUrl: string): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const requests: string[] = [];
  const server = await publish(publicKey, requests);
  const issuerOf = (tenant: string) => `${publicUrl}/auth/${tenant}/oauth2/v1`;
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
    sign: (claims, change = {}) =>
      new SignJWT({ token_introspection: claims })
        .setProtectedHeader({ alg: 'ES256', typ: INTROSPECTION_JWT_TYPE, kid: KEY_ID, ...change.header })
        .setIssuer(change.iss ?? claims.iss)
        .setAudience(change.aud ?? GATEWAY_CLIENT_ID)
        .setIssuedAt(change.iat ?? nowSeconds())
        .sign(change.key ?? privateKey),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
