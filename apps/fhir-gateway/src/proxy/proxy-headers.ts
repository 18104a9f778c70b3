/** Headers of one connection, and headers that a proxy passes on (RFC 9110 section 7.6.1). */

/** Headers for one connection only. A proxy must not pass them on. */
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

/** Headers of a request that the gateway's own HTTP client sets. */
export const SET_BY_HTTP_CLIENT = ['host', 'content-length', 'expect'];

export type Headers = Record<string, string | string[] | undefined>;

/** Headers that the header `Connection` declares to be for this connection only. */
function namedByConnection({ connection }: Headers): string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return [];
  return String(connection)
    .split(',')
    .map((name) => name.trim().toLowerCase());
}

/** @returns the headers that a proxy passes on, except those in `without` */
export function endToEndHeaders(headers: Headers, without: readonly string[] = []): Headers {
  const dropped = [...namedByConnection(headers), ...without];
  const passed: Headers = {};
  for (const name in headers) {
    if (!HOP_BY_HOP.has(name) && !dropped.includes(name)) passed[name] = headers[name];
  }
  return passed;
}
