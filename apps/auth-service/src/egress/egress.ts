/**
 * The one module through which auth-service sends requests to addresses that others name (security rule D22). It
 * resolves the name, checks every address, and connects only to a checked address.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { afterRunningTime } from '@patient-access/concurrency';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { reachOf } from './addresses.ts';

/**
 * The limit for everything from the look-up of the name to the last byte of the answer. The time counts while this process runs: an
 * answer that came while it stood still has come in time.
 */
const DEADLINE_MS = 2_500;
const MAX_BODY_BYTES = 64 * 1024;

export interface EgressOptions {
  /** allows the loopback interface too, also with plain HTTP; for a developer's machine, never in production */
  loopback: boolean;
  /** the only allowed hosts, as `URL.host` writes them; any public host when absent */
  hosts?: ReadonlySet<string>;
  /** the resolver; absent: that of the operating system */
  lookup?: LookupFunction;
}

export interface EgressRequest {
  method?: string;
  headers?: Headers | Record<string, string>;
  body?: string | URLSearchParams | null;
  signal?: AbortSignal;
}

/**
 * Sends a request like `fetch`, and resolves when the whole answer has been read. Redirects are not followed.
 *
 * @throws Error when the address is refused, the answer is longer than 64 KiB or takes longer than 2.5 s
 */
export type Egress = (url: string, options?: EgressRequest) => Promise<Response>;

/** As `AbortSignal.timeout` gives it. */
const tooLate = () => new DOMException('the answer took too long', 'TimeoutError');
const refused = (host: string) => new Error(`no requests are made to ${host}`);

/** Checks the addresses of a name before the connection. One forbidden address refuses the name. */
function checkedLookup(lookup: LookupFunction, allows: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => allows(address)))
        return callback(refused(hostname), '');
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
}

function checkedConnector(
  lookup: LookupFunction,
  allows: (address: string) => boolean,
): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    lookup: checkedLookup(lookup, allows),
    minVersion: 'TLSv1.2',
    timeout: DEADLINE_MS,
  });
  return (target, callback) => {
    // A literal address is never looked up.
    const literal = target.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) !== 0 && !allows(literal)) return callback(refused(literal), null);
    return connect(target, callback);
  };
}

function dispatcherFor({ loopback, lookup = systemLookup }: EgressOptions): Dispatcher {
  const onLoopback = (address: string) => loopback && reachOf(address) === 'loopback';
  const plain = checkedConnector(lookup, onLoopback);
  const secured = checkedConnector(lookup, (address) => onLoopback(address) || reachOf(address) === 'public');
  return new Agent({
    connect: (target, callback) => (target.protocol === 'https:' ? secured : plain)(target, callback),
  });
}

function targetOf(url: string, { loopback, hosts }: EgressOptions): URL {
  const target = URL.parse(url);
  const scheme = target?.protocol === 'https:' || (loopback && target?.protocol === 'http:');
  if (!target || !scheme || target.username || target.password) throw refused('such a URL');
  if (hosts && !hosts.has(target.host)) throw refused(target.host);
  return target;
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream, and the connection with it.
    if (bytes > MAX_BODY_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return bytes === 0 ? null : Buffer.concat(chunks);
}

function headersOf(received: Dispatcher.ResponseData['headers']): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(received))
    for (const value of [values ?? []].flat()) headers.append(name, value);
  return headers;
}

/**
 * Creates an egress with its own rules. There is one for key sets of clients, and one for each plan's identity
 * provider.
 */
export function createEgress(rules: EgressOptions): Egress {
  const dispatcher = dispatcherFor(rules);
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    const target = targetOf(url, rules);
    const deadline = new AbortController();
    const answered = afterRunningTime(DEADLINE_MS, () => deadline.abort(tooLate()));
    const sent = new Headers(headers);
    if (!sent.has('accept')) sent.set('accept', 'application/json');
    try {
      const answer = await request(target, {
        dispatcher,
        method: method as Dispatcher.HttpMethod,
        headers: Object.fromEntries(sent),
        body: body?.toString() ?? null,
        signal: signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal,
        // The connection is not kept: its address was checked for this request only.
        reset: true,
      });
      return new Response(await readBody(answer.body), {
        status: answer.statusCode,
        headers: headersOf(answer.headers),
      });
    } finally {
      answered();
    }
  };
}
