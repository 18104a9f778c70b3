/** The gateway in this process, with small servers in place of auth-service and the owners. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createService, METRICS, type Metrics } from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import type { TokenClaims } from '@patient-access/smart';
import {
  type Answer,
  ask,
  collectRoutes,
  type RequestOptions,
  startTokenIssuer,
  type TokenIssuer,
} from '@patient-access/testing';
import { DATA_SERVICES, urlSetting } from '@patient-access/topology';
import { GatewaySettings } from '../src/config.ts';
import { gatewayModule } from '../src/gateway.module.ts';
import { configurePublicHost, publicServer } from '../src/edge/public-host.ts';

const PUBLIC_URL = 'https://plan.example';
export const NORTHWIND_BASE = '/payer/patient-access/v2/northwind';
/** the origin of a registered browser app */
export const ORIGIN = 'https://app.example';
const SECRET = 'gateway-secret-of-the-tests';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  rawHeaders: string[];
  body: string;
}

export type Handler = (request: Received, response: ServerResponse) => unknown;

/** A server in place of another service. It remembers requests and answers as the test says. */
export interface Party {
  url: string;
  received: Received[];
  handle: Handler;
  server: Server;
  stop(): Promise<void>;
}

/** As of every service. */
const MAX_HEADER_BYTES = 128 * 1024;

export async function startParty(handle: Handler): Promise<Party> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request;
      const received = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() };
      party.received.push(received);
      void party.handle(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const party: Party = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    handle,
    server,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return party;
}

export interface World {
  /** all routes of the router */
  routes: { method: string; url: string }[];
  /** the settings of this gateway, for another one with the same services */
  environment: Record<string, string>;
  url: string;
  issuer: TokenIssuer;
  auth: Party;
  owner: Party;
  /** introspection answers by token: claims, or a handler */
  tokens: Map<string, TokenClaims | Handler>;
  /** sends a line on every open revocation stream */
  push(line: string): void;
  /** what Prometheus would be shown */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** Binds an answer to its request as an owner does. @returns the member of the request */
export function bind({ headers }: Received, response: ServerResponse): string | undefined {
  const [, payload = ''] = String(headers.authorization).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()).token_introspection as TokenClaims;
  response.setHeader('content-type', 'application/fhir+json; charset=utf-8');
  response.setHeader('x-request-id', String(headers['x-request-id']));
  response.setHeader('x-response-subject', `${claims.tenant}/${claims.patient ?? ''}`);
  return claims.patient;
}

/** Answers as an owner does, for the member of the introspection JWT. */
export const asOwner: Handler = (request, response) => {
  response.end(`{"resourceType":"Observation","id":"of-${bind(request, response)}"}`);
};

/** The parts of a tenant's discovery document that the gateway reads. */
export const SMART_CONFIGURATION = {
  issuer: 'https://plan.example/auth',
  authorization_endpoint: 'https://plan.example/auth/authorize',
  pushed_authorization_request_endpoint: 'https://plan.example/auth/par',
  token_endpoint: 'https://plan.example/auth/token',
  userinfo_endpoint: 'https://plan.example/auth/userinfo',
  jwks_uri: 'https://plan.example/auth/keys',
  management_endpoint: 'https://plan.example/auth/apps',
  introspection_endpoint: 'https://plan.example/auth/introspect',
  revocation_endpoint: 'https://plan.example/auth/revoke',
  scopes_supported: [
    'openid',
    'patient/*.rs',
    'patient/Patient.rs',
    'patient/Observation.rs',
    'user/Claim.rs',
  ],
};

/** Who runs a tenant, as the CapabilityStatement says it. */
export const PLAN = {
  name: 'Northwind Health Plan',
  website: 'https://northwind.example',
  developerContact: 'api@northwind.example',
  publications: ['formulary'],
};

export const FORMULARY_BASE = '/payer/formulary/v2/northwind';

/** The claims of everybody at the formulary. */
const everybody = (issuer: TokenIssuer): TokenClaims =>
  issuer.claims('northwind', undefined, {
    tenant: 'northwind~formulary',
    aud: `${PUBLIC_URL}${FORMULARY_BASE}`,
    client_id: 'everybody',
    sub: 'everybody',
    grant_id: 'everybody',
  });

function asAuthService(
  world: { issuer: TokenIssuer; tokens: World['tokens'] },
  streams: Set<ServerResponse>,
): Handler {
  const proofs = new Set<string>();
  const renewed = (token: string) => {
    const found = world.tokens.get(token);
    return typeof found === 'object' ? world.issuer.sign(found, { iss: PUBLIC_URL }) : null;
  };
  return async (request, response) => {
    if (request.url === '/northwind/smart-configuration')
      return response.end(JSON.stringify(SMART_CONFIGURATION));
    if (request.url === '/preview/smart-configuration')
      return response.end('{"sandbox_endpoint":"https://plan.example/auth/preview/sandbox"}');
    if (request.url.endsWith('/smart-configuration')) return response.writeHead(404).end();
    if (request.url === '/internal/preview/plan')
      return response.end(JSON.stringify({ ...PLAN, guides: '2027' }));
    if (request.url.endsWith('/plan')) return response.end(JSON.stringify(PLAN));
    if (request.url.startsWith('/internal/northwind/origins?'))
      return response.writeHead(request.url.endsWith(encodeURIComponent(ORIGIN)) ? 204 : 404).end();
    if (request.url === '/internal/northwind/publications/formulary')
      return response.end(await world.issuer.sign(everybody(world.issuer), { iss: PUBLIC_URL }));
    if (request.url.includes('/publications/')) return response.writeHead(404).end();
    if (request.url.endsWith('/auditor-session')) {
      const session = /(?:^|; )session=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
      if (session === 'member') return response.writeHead(403).end();
      const found = world.tokens.get(session);
      if (!found || typeof found === 'function') return response.writeHead(401).end();
      return response.end(await world.issuer.sign(found, { iss: PUBLIC_URL }));
    }
    if (request.url === '/internal/attempts') return response.writeHead(204).end();
    if (request.url.endsWith('/dpop-proofs')) {
      const isNew = !proofs.has(request.body);
      proofs.add(request.body);
      return response.writeHead(isNew ? 204 : 409).end();
    }
    if (request.url === '/internal/revocations') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n');
      return streams.add(response);
    }
    if (request.url.endsWith('/introspections')) {
      const { tokens } = JSON.parse(request.body) as { tokens: string[] };
      return response.end(JSON.stringify(await Promise.all(tokens.map(renewed))));
    }
    if (!request.url.endsWith('/introspection')) return response.end('from auth-service');
    const { token } = JSON.parse(request.body) as { token: string };
    const found = world.tokens.get(token);
    if (!found) return response.writeHead(204).end();
    if (typeof found === 'function') return found(request, response);
    return response.end(await world.issuer.sign(found, { iss: PUBLIC_URL }));
  };
}

export async function startWorld(settings: Record<string, string> = {}): Promise<World> {
  const issuer = await startTokenIssuer(PUBLIC_URL);
  const tokens: World['tokens'] = new Map();
  const streams = new Set<ServerResponse>();
  const auth = await startParty(asAuthService({ issuer, tokens }, streams));
  const owner = await startParty(asOwner);
  const environment = {
    PORT: '1',
    PUBLIC_URL,
    AUTH_URL: auth.url,
    ...Object.fromEntries(DATA_SERVICES.map((service) => [urlSetting(service), owner.url])),
    GATEWAY_CLIENT_SECRET: SECRET,
    TRUSTED_PROXIES: 'none',
    ...settings,
  };
  const config = loadConfig(GatewaySettings, environment);
  const logger = createLogger('fhir-gateway', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const app = await createService(gatewayModule(config, logger), logger, {
    publicUrl: PUBLIC_URL,
    server: publicServer(config),
  });
  const routes = collectRoutes(app.getHttpAdapter().getInstance());
  await configurePublicHost(app);
  await app.listen(0, '127.0.0.1');
  return {
    routes,
    environment,
    url: await app.getUrl(),
    metrics: () => app.get<Metrics>(METRICS, { strict: false }).render(),
    issuer,
    auth,
    owner,
    tokens,
    push: (line) => streams.forEach((stream) => void stream.write(line)),
    async stop() {
      streams.forEach((stream) => stream.destroy());
      await app.close();
      await Promise.all([auth.stop(), owner.stop(), issuer.stop()]);
    },
  };
}

let issued = 0;
/** A token that auth-service knows. */
export function newToken(
  world: World,
  change: Partial<TokenClaims> = {},
  patient: string | undefined = 'anna',
): string {
  const token = `opaque-token-of-${patient}-${(issued += 1)}`;
  world.tokens.set(token, world.issuer.claims('northwind', patient, change));
  return token;
}

/** Sends a request below the tenant's base to the gateway, with a token. */
export function asApp(
  world: World,
  token: string,
  path: string,
  question: RequestOptions = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...question.headers };
  return ask(world.url, `${NORTHWIND_BASE}/${path}`, { ...question, headers });
}

export const introspections = (world: World): Received[] =>
  world.auth.received.filter(({ url }) => url.endsWith('/introspection'));
