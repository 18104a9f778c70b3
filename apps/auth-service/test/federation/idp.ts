/** The identity provider of a plan: another oidc-provider with members and pages. Tests can make it hostile. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as jose from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

type Claims = Record<string, unknown>;
type Tokens = Record<string, unknown>;

export const CLIENT_ID = 'patient-access';
export const CLIENT_SECRET = 'secret-at-the-identity-provider';

export interface Idp {
  issuer: string;
  /** claims of the id_tokens by subject */
  people: Map<string, Claims>;
  /** the person at the browser; undefined cancels the login */
  person: string | undefined;
  /** changes the answers of the token endpoint */
  tamper?: (tokens: Tokens) => Tokens | Promise<Tokens>;
  /** answers the token endpoint with this error */
  refusal?: { status: number; body: object };
  /** keeps who asks for its metadata waiting, or for its keys or userinfo */
  metadataAfterMs?: number | undefined;
  keysAfterMs?: number | undefined;
  /** answers whoever asks for its keys with this status */
  keysStatus?: number | undefined;
  /** answers whoever asks for its keys with this text */
  keysText?: string | undefined;
  /** signs claims with the provider's own key */
  sign(claims: Claims): Promise<string>;
  /** more keys that it publishes from now on */
  moreKeys: jose.JWK[];
  /** how often its metadata and its keys were asked for */
  metadataRequests: number;
  keyRequests: number;
  /** parameters of the received authorization requests, oldest first */
  asked: URLSearchParams[];
  /** shows a page with buttons instead of continuing at once */
  pages: boolean;
  close(): Promise<void>;
}

function configuration(idp: Idp, keys: jose.JWK[], redirectUri: string, memory: string): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys } as Configuration['jwks'],
    cookies: { keys: [memory], names: { session: 'idp-session', interaction: 'idp-i', resume: 'idp-r' } },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'EdDSA', 'Ed25519'] },
    // These are set because oidc-provider warns about missing ones.
    ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    claims: { openid: ['sub', 'member_number', 'email', 'status'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...idp.people.get(sub) }) }),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant({ oidc }) {
      const { session, client, provider } = oidc;
      const grant = new provider.Grant({ accountId: session?.accountId, clientId: client?.clientId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  };
}

const PAGE = `<!DOCTYPE html><title>Member site</title><form method="post">
  <button name="do" value="in">Sign in</button><button name="do" value="cancel">Cancel</button></form>`;

async function interact(idp: Idp, provider: Provider, request: IncomingMessage, response: ServerResponse) {
  if (idp.pages && request.method === 'GET')
    return void response.setHeader('content-type', 'text/html').end(PAGE);
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const cancelled = idp.person === undefined || body.includes('cancel');
  const result = cancelled
    ? { error: 'access_denied', error_description: 'cancelled' }
    : { login: { accountId: idp.person as string } };
  await provider.interactionFinished(request, response, result);
}

/** @param callback the one redirect URI of the client */
export async function startIdp(callback: string): Promise<Idp> {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  const key = { ...(await jose.exportJWK(privateKey)), kid: 'idp-key', alg: 'RS256', use: 'sig' };
  // It signs nothing; its metadata names the algorithms for which it has a key.
  const ed = await jose.generateKeyPair('EdDSA', { extractable: true });
  const keys = [key, { ...(await jose.exportJWK(ed.privateKey)), kid: 'idp-ed', use: 'sig' }];
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((done) => server.listen(0, done));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const idp: Idp = {
    issuer,
    people: new Map(),
    person: undefined,
    moreKeys: [],
    metadataRequests: 0,
    keyRequests: 0,
    asked: [],
    pages: false,
    sign: (claims) =>
      new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(privateKey),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const provider = new Provider(issuer, configuration(idp, keys, callback, issuer));
  provider.use(async (ctx, next) => {
    if (ctx.path === '/auth') idp.asked.push(new URLSearchParams(ctx.querystring));
    if (ctx.path.startsWith('/.well-known/')) {
      idp.metadataRequests += 1;
      await delay(idp.metadataAfterMs);
    }
    if (['/jwks', '/me'].includes(ctx.path)) await delay(idp.keysAfterMs);
    await next();
    if (ctx.path === '/jwks') {
      idp.keyRequests += 1;
      const { keys } = ctx.body as { keys: jose.JWK[] };
      ctx.body = { keys: [...keys, ...idp.moreKeys] };
      if (idp.keysText !== undefined) ctx.body = idp.keysText;
      if (idp.keysStatus) ctx.status = idp.keysStatus;
    }
    if (ctx.path === '/token' && idp.refusal) [ctx.status, ctx.body] = [idp.refusal.status, idp.refusal.body];
    else if (ctx.path === '/token' && idp.tamper) ctx.body = await idp.tamper(ctx.body as Tokens);
  });
  const serve = provider.callback();
  handle = (request, response) =>
    request.url?.startsWith('/interaction/')
      ? interact(idp, provider, request, response)
      : serve(request, response);
  return idp;
}
