/**
 * The ways in which a request to a route can end that anybody can cause from outside, and what of it has to be in the audit
 * trail (ADR 62). It is one list for the tests of all services: a way that is added here is tried at each route of each.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { ask, type RequestOptions } from './ask.ts';

/** A route of the running service. */
export interface TestedRoute {
  method: string;
  /** as the router has it, and as the trail names it */
  pattern: string;
  /** @returns the path that is asked for at a plan */
  pathAt(tenant: string): string;
  /** its good answers (2xx) leave nothing, although no table names it: an endpoint of another router */
  isPublished?: boolean;
  /** its redirections may leave nothing, although no table names it */
  mayLeadOn?: boolean;
}

/** What is sent to each route. */
export type Ending = Omit<RequestOptions, 'method'> & {
  tenant?: string;
  /** who sends it accounts for it: a gateway, of the request that it asks about */
  isPassedOn?: boolean;
};

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site' };
/** More than any route takes that is not for files. */
const TOO_LARGE = `"${'x'.repeat(80 * 1024)}"`;

/** What somebody can send who has no credential here. A service adds those whom it knows: a member, an auditor. */
export const STRANGERS_ENDINGS: Readonly<Record<string, Ending>> = {
  'as nobody': {},
  'at a plan that does not exist': { tenant: 'nowhere' },
  'with a token that is none': { headers: { authorization: 'Bearer nobody-ever-issued-this-token' } },
  'as a client that is none': {
    headers: { authorization: `Basic ${Buffer.from('nobody:x').toString('base64')}` },
  },
  'from another site': { headers: FROM_ELSEWHERE },
  'with a form of another site': {
    headers: { ...FORM_TYPE, ...FROM_ELSEWHERE },
    body: 'action=agree&token=forged',
  },
  'with an expectation that is none': { headers: { expect: 'a-miracle' } },
  'with a body that is no JSON': { headers: JSON_TYPE, body: '{' },
  'with a body that is too large': { headers: JSON_TYPE, body: TOO_LARGE },
  'with a body of no type that is too large': { body: TOO_LARGE },
};

/** The client announces no body with these methods. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);
const PLAN = 'northwind';

/** One request, and how it ended. */
export interface EndedRequest extends Pick<TestedRoute, 'isPublished' | 'mayLeadOn'> {
  id: string;
  /** method and route, as the trail names them */
  route: string;
  how: string;
  /** undefined when the client left before it */
  status: number | undefined;
  isPassedOn?: boolean;
}

/** Ends requests to one route in each of the ways, and by leaving. @param headers of all of them */
export async function endInEachWay(
  base: string,
  route: TestedRoute,
  endings: Readonly<Record<string, Ending>> = STRANGERS_ENDINGS,
  headers: RequestOptions['headers'] = {},
): Promise<EndedRequest[]> {
  const { method, pattern, isPublished = false, mayLeadOn = false } = route;
  const ended: EndedRequest[] = [];
  const name = `${method} ${pattern}`;
  const note = (one: Pick<EndedRequest, 'id' | 'how' | 'status' | 'isPassedOn'>) =>
    ended.push({ ...one, route: name, isPublished, mayLeadOn });
  for (const [how, { tenant = PLAN, body, isPassedOn = false, ...own }] of Object.entries(endings)) {
    if (body !== undefined && BODILESS.has(method)) continue;
    const id = randomUUID();
    const question = {
      method,
      headers: { ...headers, ...own.headers, 'x-request-id': id },
      ...(body !== undefined && { body }),
    };
    // Who sends too much may lose the connection before the answer.
    const answer = await ask(base, route.pathAt(tenant), question).catch(() => undefined);
    note({ id, how, status: answer?.status, isPassedOn });
  }
  const how = 'leaving in the middle of the body';
  if (!BODILESS.has(method)) note({ id: await leave(base, route), how, status: undefined });
  return ended;
}

/** Sends the head of a request whose body never comes, and closes the connection when the service has read it. */
async function leave(base: string, { method, pathAt }: TestedRoute): Promise<string> {
  const { hostname, port } = new URL(base);
  const id = randomUUID();
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = [`${method} ${pathAt(PLAN)} HTTP/1.1`, 'host: plan.example', `x-request-id: ${id}`];
  const body = [`content-type: ${FORM_TYPE['content-type']}`, 'content-length: 100', 'expect: 100-continue'];
  socket.write(`${[...head, ...body].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  return id;
}

/** What the trail has of a request: an access event, or what a gateway reports of one. */
interface Trace {
  kind?: string | undefined;
  requestId?: string | undefined;
  request?: string | undefined;
  count?: number | undefined;
}

/** The tables of a service: what leaves nothing, and why (`AttemptRules` of libs/platform). */
interface RoutesWithoutEvent {
  withoutEvent: Readonly<Record<string, string>>;
  leadsOn?: Readonly<Record<string, string>>;
}

const isProbe = (route: string): boolean => /(?:\/health\/(?:live|ready)|\/metrics)$/.test(route);
const listedAs = (route: string): string => route.replace(/^HEAD/, 'GET');
const isRedirection = (status = 0): boolean => status >= 300 && status < 400;

/** Must there be something in the trail of this request? */
function needsTrace(ended: EndedRequest, { withoutEvent, leadsOn = {} }: RoutesWithoutEvent): boolean {
  const { route, status, isPublished, mayLeadOn, isPassedOn } = ended;
  const listed = listedAs(route);
  if (isProbe(route) || isPassedOn) return false;
  if (status !== undefined && status >= 400) return true;
  if (listed in withoutEvent) return false;
  return isRedirection(status) ? !mayLeadOn && !(listed in leadsOn) : !isPublished;
}

/** Who leaves may have been answered before; and a redirection that may leave nothing is a refusal for some. */
const mayHaveTrace = ({ status, isPassedOn = false }: EndedRequest): boolean =>
  status === undefined || isRedirection(status) || isPassedOn;

/**
 * @param traces all that the requests left
 * @returns routes where fewer or more requests are in the trail than ended there: of those without an event of their own,
 *   the counts have to name as many
 */
export function unaccountedFor(
  ended: readonly EndedRequest[],
  traces: readonly Trace[],
  tables: RoutesWithoutEvent,
): string[] {
  const own = new Set(traces.map(({ requestId }) => requestId));
  const counted = new Map<string, number>();
  for (const { kind, requestId, request = '', count = 0 } of traces)
    if (kind === 'denied-attempts' || requestId === undefined)
      counted.set(request, (counted.get(request) ?? 0) + count);
  return [...Map.groupBy(ended, ({ route }) => route)].flatMap(([route, requests]) => {
    const others = requests.filter(({ id }) => !own.has(id));
    const must = others.filter((each) => needsTrace(each, tables));
    const may = others.filter((each) => !needsTrace(each, tables) && mayHaveTrace(each));
    const count = counted.get(route) ?? 0;
    if (count >= must.length && count <= must.length + may.length) return [];
    return [
      `${route}: ${count} counted, of ${must.map(({ how, status }) => `${status} ${how}`).join(', ') || 'none'}`,
    ];
  });
}
