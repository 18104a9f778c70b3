/** Headers between two hops (RFC 9110 section 7.6.1). */

/** Between two hops only, never passed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Of a request, what our own HTTP client says for itself. */
export const SAID_ANEW = ['host', 'content-length', 'expect'];

export type Headers = Record<string, string | string[] | undefined>;

/** Headers that `Connection` declares to be for this hop only. */
function namedByConnection({ connection }: Headers): string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return [];
  return String(connection)
    .split(',')
    .map((name) => name.trim().toLowerCase());
}

/** Headers that may go over the next hop. */
export function passOn(headers: Headers, without: readonly string[] = []): Headers {
  const dropped = [...namedByConnection(headers), ...without];
  const passed: Headers = {};
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name) && !dropped.includes(name)) passed[name] = headers[name];
  }
  return passed;
}
