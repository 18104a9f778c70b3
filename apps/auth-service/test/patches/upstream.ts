/** oidc-provider itself without our configuration: its classes and endpoints, with or without one patch. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  type RefreshToken,
} from 'oidc-provider';

export const ISSUER = 'https://op.example';
export const REDIRECT_URI = 'https://app.example/callback';

/** A public app. */
export const APP: ClientMetadata = {
  client_id: 'app',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
};

export interface Upstream<P extends Provider = Provider> {
  provider: P;
  url: string;
  /** the stored records of a model, in order */
  stored(model: string): AdapterPayload[];
  stop(): Promise<void>;
}

function memoryAdapter(records: Map<string, AdapterPayload>, model: string): Adapter {
  const key = (id: string) => `${model}:${id}`;
  const ofModel = () =>
    [...records].filter(([name]) => name.startsWith(`${model}:`)).map(([, payload]) => payload);
  return {
    find: async (id) => records.get(key(id)),
    findByUid: async (uid) => ofModel().find((payload) => payload.uid === uid),
    findByUserCode: async () => undefined,
    upsert: async (id, payload) => void records.set(key(id), payload),
    consume: async (id) => void Object.assign(records.get(key(id)) ?? {}, { consumed: 1 }),
    destroy: async (id) => void records.delete(key(id)),
    revokeByGrantId: async () => undefined,
  };
}

function configurationWith(records: Map<string, AdapterPayload>, own: Configuration): Configuration {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'op' };
  return {
    adapter: (model) => memoryAdapter(records, model),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['a key of this test'] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    jwks: { keys: [key] } as Configuration['jwks'],
    renderError: (ctx, error) => void (ctx.body = error),
    scopes: ['openid', 'offline_access', 'online_access'],
    ttl: {
      AccessToken: 60,
      ClientCredentials: 60,
      Grant: 60,
      IdToken: 60,
      Interaction: 60,
      RefreshToken: 60,
      Session: 60,
    },
    ...own,
    features: { devInteractions: { enabled: false }, ...own.features },
  };
}

/**
 * @param own clients and configuration; the clients are stored like registered ones
 * @param make makes the provider, for patches that are subclasses
 */
export async function startUpstream<P extends Provider = Provider>(
  { clients = [APP], ...own }: Configuration = {},
  make: new (issuer: string, configuration: Configuration) => P = Provider as never,
): Promise<Upstream<P>> {
  const records = new Map(clients.map((client) => [`Client:${client.client_id}`, client as AdapterPayload]));
  const provider = new make(ISSUER, configurationWith(records, own));
  provider.silent = true;
  const server = createServer((request, response) => void provider.callback()(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    provider,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored: (model) =>
      [...records].filter(([name]) => name.startsWith(`${model}:`)).map(([, payload]) => payload),
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

interface Response {
  status: number;
  body: Record<string, unknown>;
  location?: string;
  /** what the answer set, as a browser sends it back */
  cookies: string;
}

async function read(response: globalThis.Response): Promise<Response> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  const body = isJson ? ((await response.json()) as Record<string, unknown>) : {};
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  const location = response.headers.get('location') ?? undefined;
  return { status: response.status, body, location, cookies: cookies.join('; ') };
}

export const get = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  read(await fetch(url, { headers: { accept: 'application/json', ...headers }, redirect: 'manual' }));

export const postToUpstream = async (
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> => read(await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers }));

/** An authorization request of the app. */
export const authorize = ({ url }: Upstream, parameters: Record<string, string> = {}): Promise<Response> => {
  const query = new URLSearchParams({
    client_id: 'app',
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return get(`${url}/auth?${query}`);
};

/** @returns a grant of the app for maria */
export async function plantGrant({ provider }: Upstream, scope: string): Promise<string> {
  const grant = new provider.Grant({ accountId: 'maria', clientId: 'app' });
  grant.addOIDCScope(scope);
  return grant.save();
}

/** @returns a refresh token of the app for maria */
export async function plantRefreshToken(
  upstream: Upstream,
  scope: string,
  properties: { sessionUid?: string; nonce?: string } = {},
): Promise<string> {
  const { provider } = upstream;
  const token = new provider.RefreshToken({
    client: (await provider.Client.find('app')) as RefreshToken['client'],
    accountId: 'maria',
    grantId: await plantGrant(upstream, scope),
    gty: 'authorization_code',
    scope,
    ...properties,
  } as never);
  return token.save();
}

export const refreshAtUpstream = (
  { url }: Upstream,
  token: string,
  parameters: Record<string, string> = {},
): Promise<Response> =>
  postToUpstream(`${url}/token`, {
    grant_type: 'refresh_token',
    client_id: 'app',
    refresh_token: token,
    ...parameters,
  });

/** A backend service that authenticates with a key. */
export class KeyHolder {
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly jwk = { ...this.pair.publicKey.export({ format: 'jwk' }), kid: 'one' };

  /** @param keys the members of its metadata that describe its keys */
  metadata(keys: Omit<ClientMetadata, 'client_id'>): ClientMetadata {
    return {
      client_id: 'service',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
      ...keys,
    };
  }

  /** Requests a token. @param kid of the header of the assertion */
  async authenticate({ url }: Upstream, kid: string | undefined): Promise<Response> {
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer('service')
      .setSubject('service')
      .setAudience(ISSUER)
      .setIssuedAt()
      .setExpirationTime('1m')
      .setJti(randomUUID())
      .sign(this.pair.privateKey);
    return postToUpstream(`${url}/token`, {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  }
}

/** All servers that a test file starts, which are stopped after it. */
export class Upstreams {
  private readonly started: Upstream[] = [];

  async start<P extends Provider = Provider>(
    ...of: Parameters<typeof startUpstream<P>>
  ): Promise<Upstream<P>> {
    const upstream = await startUpstream<P>(...of);
    this.started.push(upstream);
    return upstream;
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((upstream) => upstream.stop()));
  }
}
