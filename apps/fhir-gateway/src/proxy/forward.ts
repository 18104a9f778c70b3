/** Passes a request on to a service, and the response back, as bytes. */
import { OperationError, unavailable } from '@patient-access/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher, Pool } from 'undici';
import type { Headers } from './proxy-headers.ts';
import { type BufferedResponse, type RelayChecks, ResponseRelay } from './response-relay.ts';
import { StandingAnswers } from './standing-answers.ts';

export interface UpstreamRequest extends RelayChecks {
  pool: Pool;
  path: string;
  headers: Headers;
  /** a request of the gateway's own instead of the client's: the body of a POST */
  post?: string;
  /** how long the service may send nothing within a body; if absent, as long as the pool allows */
  bodyTimeoutMs?: number;
}

const standing = new WeakMap<Pool, StandingAnswers>();

/** @returns the answers of a service that stand still */
function standingAt(pool: Pool): StandingAnswers {
  const known = standing.get(pool) ?? new StandingAnswers();
  standing.set(pool, known);
  return known;
}

/**
 * Passes the response on to the client. Status, headers and body are not changed.
 *
 * @param upstream.headers only the headers that the service may get
 * @returns the response when it was buffered; undefined when it was passed on
 * @throws OperationError 503 when the service cannot be reached, breaks off before anything was sent to the client,
 * or sends the response to another request. If it breaks off later, the client's connection is closed.
 */
export function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: UpstreamRequest,
): Promise<BufferedResponse | undefined> {
  const { body } = request;
  const own = Buffer.isBuffer(body) && body.length > 0 ? body : null;
  return new Promise((resolve, reject) => {
    upstream.pool.dispatch(
      {
        path: upstream.path,
        method: upstream.post === undefined ? (request.method as Dispatcher.HttpMethod) : 'POST',
        headers: upstream.headers,
        body: upstream.post ?? own,
        ...(upstream.bodyTimeoutMs !== undefined && { bodyTimeout: upstream.bodyTimeoutMs }),
      },
      new ResponseRelay(reply, upstream, standingAt(upstream.pool), resolve, (error) =>
        reject(asRefusal(error)),
      ),
    );
  });
}

const asRefusal = (error: unknown) => (error instanceof OperationError ? error : unavailable(error));
