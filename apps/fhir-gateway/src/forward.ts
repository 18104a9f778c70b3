/** Passing a request on and its answer back, as bytes. */
import { Writable } from 'node:stream';
import { MAX_COMPLETED_BYTES, OperationError, tooCostly, unavailable } from '@patient-access/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher, Pool } from 'undici';

/** RFC 9110 section 7.6.1: between two hops only, never passed on. */
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

export type Headers = Record<string, string | string[] | undefined>;

export interface Upstream {
  pool: Pool;
  path: string;
  headers: Headers;
  /** Looks at the answer's head before a byte of it is passed on; throws when it is not the answer to this request. */
  verify?(headers: Headers): void;
  /** Is this answer not for the client, or not yet? It is then given back instead of being streamed. */
  hold?(status: number, headers: Headers): boolean;
}

/** An answer that was held back. */
export interface Held {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** Of a request, what our own HTTP client says for itself. */
const SAID_ANEW = ['host', 'content-length', 'expect'];

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

/** Takes what is left of an answer that may not be passed on. */
function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Keeps what is held back, as far as a page may go. */
function keep(chunks: Buffer[]): Writable {
  let bytes = 0;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      bytes += chunk.length;
      done(bytes > MAX_COMPLETED_BYTES ? tooCostly() : null);
    },
  });
}

/** What became of an answer that was not streamed. */
interface Kept {
  /** why nothing of it may be passed on */
  refused?: unknown;
  held?: Omit<Held, 'body'>;
  chunks: Buffer[];
}

/** By its head, where an answer's body goes: nowhere, into `kept`, or to the client with that head. */
function receiver(
  reply: FastifyReply,
  { verify, hold }: Upstream,
  kept: Kept,
): (head: { statusCode: number; headers: unknown }) => Writable {
  return ({ statusCode, headers: received }) => {
    const headers = received as Headers;
    try {
      verify?.(headers);
    } catch (error) {
      kept.refused = error;
      return discard();
    }
    if (hold?.(statusCode, headers)) {
      kept.held = { status: statusCode, headers };
      return keep(kept.chunks);
    }
    reply.hijack();
    reply.raw.writeHead(statusCode, passOn(headers) as Record<string, string>);
    return reply.raw;
  };
}

/**
 * Streams the upstream's answer to the client: status, headers and body as they came.
 *
 * @returns the answer when it was held back; undefined when it was streamed
 * @throws OperationError 503 when the upstream cannot be reached, breaks off before its head, or answers something
 *   else than what was asked. After the head has gone out, a break closes the client's connection.
 */
export async function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Upstream,
): Promise<Held | undefined> {
  const aborted = new AbortController();
  // `close` also comes at a good end; to abort then would cost an exception, stack and all, for each request.
  const onClose = () => {
    if (!reply.raw.writableFinished) aborted.abort();
  };
  reply.raw.once('close', onClose);
  const kept: Kept = { chunks: [] };
  try {
    await upstream.pool.stream(
      {
        path: upstream.path,
        method: request.method as Dispatcher.HttpMethod,
        headers: passOn(upstream.headers, SAID_ANEW),
        body: Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : null,
        signal: aborted.signal,
      },
      receiver(reply, upstream, kept),
    );
  } catch (error) {
    if (!reply.raw.headersSent) throw error instanceof OperationError ? error : unavailable(error);
    reply.raw.destroy();
  } finally {
    reply.raw.removeListener('close', onClose);
  }
  if (kept.refused) throw unavailable(kept.refused);
  return kept.held && { ...kept.held, body: Buffer.concat(kept.chunks) };
}
