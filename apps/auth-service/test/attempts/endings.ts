/** Every route of the running service, and every way in which a request to it can end that can be caused from outside. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AccessEvent } from '@patient-access/events';
import { ask, type RequestOptions } from '@patient-access/testing';
import { WITHOUT_EVENT } from '../../src/web/attempts/route-events.ts';
import { ADMIN_SECRET, GATEWAY_BASIC, type World } from '../world.ts';

export interface ListedRoute {
  method: string;
  /** as the router has it */
  pattern: string;
  /** below the issuer, for the endpoints of oidc-provider */
  path?: string;
}

/** One request and its answer. */
export interface Ended {
  id: string;
  /** method and route, as reports name them */
  route: string;
  how: string;
  /** of an endpoint below the issuer that is published for everybody */
  isPublished?: boolean;
  /** undefined when the client left before it */
  status?: number;
}

const VALUES: Readonly<Record<string, string>> = {
  uid: 'nothing-under-this-uid',
  login: 'maria.many',
  patient: 'maria',
  number: 'W1',
  fault: 'throttle',
};

function addressOf({ pattern, path }: ListedRoute, tenant: string): string {
  const filled = pattern
    .replace(':tenant', tenant)
    .replaceAll(/:(\w+)/g, (_, name: string) => VALUES[name] ?? 'nothing-here');
  return path === undefined ? filled.replace(/\*$/, 'nothing') : filled.replace(/\/\*$/, path);
}

type Request = RequestOptions & { tenant?: string };

/** What is sent to each route. Together they cause each status that the service gives. */
const ENDINGS: Readonly<Record<string, Request>> = {
  'as nobody': {},
  'at a plan that does not exist': { tenant: 'nowhere' },
  'with a token that is none': { headers: { authorization: 'Bearer nobody-ever-issued-this-token' } },
  'as a client that is none': {
    headers: { authorization: `Basic ${Buffer.from('nobody:x').toString('base64')}` },
  },
  'as the gateway': { headers: { authorization: GATEWAY_BASIC } },
  'as an administrator': { headers: { authorization: `Bearer ${ADMIN_SECRET}`, 'x-administrator': 'Ada' } },
  'with a form of another site': {
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    body: 'action=agree&token=forged',
  },
  'with a body that is no JSON': { headers: { 'content-type': 'application/json' }, body: '{' },
  'with a body that is too large': {
    headers: { 'content-type': 'application/json' },
    body: `"${'x'.repeat(80 * 1024)}"`,
  },
  'at a suspended plan': { tenant: 'lakeside' },
};

const isStream = ({ pattern }: ListedRoute, how: string): boolean =>
  pattern === '/internal/revocations' && how === 'as the gateway';

/** Sends everything to one route. */
export async function endAll(world: World, route: ListedRoute): Promise<Ended[]> {
  const { method, pattern } = route;
  const ended: Ended[] = [];
  for (const [how, { tenant = 'northwind', headers, body }] of Object.entries(ENDINGS)) {
    if (isStream(route, how)) continue;
    const id = randomUUID();
    const question = {
      method,
      headers: { ...headers, 'x-request-id': id, 'x-forwarded-for': '203.0.113.9' },
      ...(method !== 'GET' && method !== 'HEAD' && body !== undefined && { body }),
    };
    const answer = await ask(world.address, addressOf(route, tenant), question).catch(() => undefined);
    const isPublished = PUBLISHED.test(route.path ?? '');
    ended.push({ id, route: `${method} ${pattern}`, how, isPublished, status: answer?.status });
  }
  return [...ended, await leave(world, route)];
}

/** Sends the head of a request whose body never comes, and closes the connection. */
async function leave(world: World, route: ListedRoute): Promise<Ended> {
  const { hostname, port } = new URL(world.address);
  const id = randomUUID();
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = [
    `${route.method} ${addressOf(route, 'northwind')} HTTP/1.1`,
    'host: plan.example',
    `x-request-id: ${id}`,
    'content-type: application/x-www-form-urlencoded',
    'content-length: 100',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\naction=`);
  await new Promise((resolve) => setTimeout(resolve, 10));
  socket.destroy();
  return { id, route: `${route.method} ${route.pattern}`, how: 'leaving in the middle of the body' };
}

/** Keys and metadata. */
const PUBLISHED = /^\/(?:keys|\.well-known\/)/;

const isProbe = (route: string): boolean => /(?:\/health\/(?:live|ready)|\/metrics)$/.test(route);

/** Must there be something in the trail of this request? */
function needsTrace({ route, status, isPublished }: Ended): boolean {
  if (isProbe(route) || status === undefined) return false;
  if (status >= 400) return true;
  return status < 300 && !isPublished && !(route.replace(/^HEAD/, 'GET') in WITHOUT_EVENT);
}

/**
 * @param events all that the requests left
 * @returns routes where fewer or more requests are in the trail than ended there: of those without an event of their own,
 *   the counts have to name as many
 */
export function unaccounted(ended: readonly Ended[], events: readonly AccessEvent[]): string[] {
  const own = new Set(events.map(({ requestId }) => requestId));
  const counted = new Map<string, number>();
  for (const { kind, request = '', count = 0 } of events)
    if (kind === 'denied-attempts') counted.set(request, (counted.get(request) ?? 0) + count);
  const gaps: string[] = [];
  for (const [route, requests] of Map.groupBy(ended, (each) => each.route)) {
    const missing = requests.filter((each) => needsTrace(each) && !own.has(each.id));
    // Who leaves may have been answered before.
    const left = requests.filter(({ status, id }) => status === undefined && !own.has(id)).length;
    const count = counted.get(route) ?? 0;
    if (count < missing.length || count > missing.length + left)
      gaps.push(
        `${route}: ${count} counted, of ${missing.map(({ how, status }) => `${status} ${how}`).join(', ') || 'none'}`,
      );
  }
  return gaps;
}
