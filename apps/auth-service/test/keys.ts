/** Keys and assertions of confidential clients, and a server for key sets. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as jose from 'jose';
import { insertClient } from '../src/domain/clients/clients.ts';
import type { ClientMetadata } from '../src/domain/clients/metadata.ts';
import { post } from './app.ts';
import { tenantOf, type World } from './world.ts';

type Members = Record<string, unknown>;

export interface Key {
  alg: string;
  kid: string;
  privateKey: jose.CryptoKey;
  jwk: jose.JWK;
}

export async function newKey(alg = 'ES384', kid: string = randomUUID()): Promise<Key> {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await jose.exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface AssertionChange {
  header?: Members;
  claims?: Members;
  /** signs instead of the client's own key */
  privateKey?: jose.CryptoKey;
}

export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** An assertion as SMART describes it. `undefined` in a change removes a claim. */
export function assertion(
  world: World,
  clientId: string,
  key: Key,
  change: AssertionChange = {},
  tenant = 'northwind',
) {
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${tenantOf(world, tenant).issuer}/token`,
    exp: nowSeconds() + 240,
    jti: randomUUID(),
    ...change.claims,
  };
  const header = { alg: key.alg, kid: key.kid, typ: 'JWT', ...change.header };
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(change.privateKey ?? key.privateKey);
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Posts a form with an assertion to the token endpoint, or to another. */
export function postAsserted(
  world: World,
  jwt: string,
  form: Record<string, string> = {},
  path = 'token',
  tenant = 'northwind',
) {
  const parameters = { client_assertion_type: ASSERTION_TYPE, client_assertion: jwt, ...form };
  return post(`${tenantOf(world, tenant).issuer}/${path}`, new URLSearchParams(parameters));
}

/** The token request of a backend service. */
export const TOKEN = { grant_type: 'client_credentials', scope: 'system/Location.rs' };

/** Inserts a backend service as the plan registers it; `keys` is its `jwks` or `jwks_uri`. */
export async function plantBackend(
  world: World,
  keys: Members,
  metadata: Members = {},
  tenant = 'northwind',
): Promise<string> {
  const { client_secret: secret, ...rest } = {
    client_name: 'Auditor',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    application_type: 'web',
    system_scope: 'system/Location.rs system/Practitioner.read',
    verified: true,
    ...keys,
    ...metadata,
  } as ClientMetadata & { client_secret?: string };
  const client_id = randomUUID();
  await insertClient(world.db, tenant, { id: client_id, metadata: rest, registeredBy: 'plan', secret });
  return client_id;
}

/** Lets a tenant fetch key sets from this machine, before its first request. */
export async function allowLoopback(world: World, tenant = 'northwind'): Promise<void> {
  const text = `UPDATE tenant SET settings = settings || '{"loopbackKeySets":true}' WHERE id = $1`;
  await world.db.query(text, [tenant]);
}

export interface KeyServer {
  url: string;
  /** number of connections, with or without a request */
  connections: number;
  requests: IncomingHttpHeaders[];
  /** the published key set and its headers */
  keys: jose.JWK[];
  headers: Record<string, string>;
  /** answers instead of the key set */
  answer?(response: ServerResponse): void;
  stop(): Promise<void>;
}

export async function startKeyServer(): Promise<KeyServer> {
  const server = createServer((request, response) => {
    published.requests.push(request.headers);
    if (published.answer) return published.answer(response);
    response.writeHead(200, { 'content-type': 'application/json', ...published.headers });
    return response.end(JSON.stringify({ keys: published.keys }));
  });
  server.on('connection', () => (published.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const published: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    connections: 0,
    requests: [],
    keys: [],
    headers: {},
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return published;
}
