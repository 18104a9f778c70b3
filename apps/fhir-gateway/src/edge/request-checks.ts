/** What a request has to be like before anything else is asked about it. Each check is one rule, and refuses by itself. */
import { contentEncoded, hostUnknown, invalid, type OperationError, urlTooLong } from '@patient-access/fhir';
import { MAX_URL_CHARACTERS, sendOutcome } from '@patient-access/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { headerTimes } from './raw-headers.ts';

/** @param ours the names of our own host, in lower case */
type Check = (request: FastifyRequest, ours: ReadonlySet<string>) => OperationError | undefined;

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Of two, two proxies may choose different ones, and HTTP/1.1 has to have one (RFC 9112 section 3.2).
 */
const oneHost: Check = ({ raw: { rawHeaders, httpVersion } }) => {
  const times = headerTimes('host', rawHeaders);
  const isOne = times === 1 || (times === 0 && httpVersion !== '1.1');
  return isOne ? undefined : invalid('A request has one Host header.');
};

/**
 * Answers for our own host, and for who is on this machine: a name of anybody else's would be one that a browser was
 * led to us by (security case F49). Links are made from the configuration, whatever the Host.
 */
const ourHost: Check = ({ headers, url }, ours) => {
  const host = String(headers.host ?? '');
  const known = ours.has(host.toLowerCase()) || LOOPBACK.test(host) || url.startsWith('/health/');
  return known ? undefined : hostUnknown();
};

/** The same limit wherever a URL would stop to fit: neither cookies nor a long scope make it smaller. */
const shortUrl: Check = ({ url }) => (url.length < MAX_URL_CHARACTERS ? undefined : urlTooLong());

/** Nobody here would decode the body. */
const plainBody: Check = ({ headers: { 'content-encoding': coding } }) =>
  coding === undefined || /^(?:identity)?$/i.test(coding.trim()) ? undefined : contentEncoded();

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** A host with the port of its scheme is the same one (RFC 9110 sections 4.2.3 and 7.2). */
function namesOf({ protocol, host, port }: URL): ReadonlySet<string> {
  return new Set(port === '' ? [host, `${host}:${DEFAULT_PORTS[protocol]}`] : [host]);
}

/** @param publicUrl scheme and host that clients see */
function refuse(server: FastifyInstance, publicUrl: string, checks: readonly Check[]): void {
  const ours = namesOf(new URL(publicUrl));
  server.addHook('onRequest', (request, reply, done) => {
    for (const check of checks) {
      const refusal = check(request, ours);
      if (!refusal) continue;
      // As after all that Node itself cannot read: a proxy may see another request in the same bytes (security case F48).
      if (check === oneHost) void reply.header('connection', 'close');
      return void sendOutcome(request, reply, refusal, publicUrl);
    }
    done();
  });
}

/** Before anything is answered, preflights too. @param publicUrl scheme and host that clients see */
export const refuseOtherHosts = (server: FastifyInstance, publicUrl: string): void =>
  refuse(server, publicUrl, [oneHost, ourHost]);

/** Behind CORS, so that a page can read what is wrong. @param publicUrl scheme and host that clients see */
export const refuseUnfitRequests = (server: FastifyInstance, publicUrl: string): void =>
  refuse(server, publicUrl, [shortUrl, plainBody]);
