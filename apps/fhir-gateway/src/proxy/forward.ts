/** Passing a request on and its answer back, as bytes. */
import { OperationError, unavailable } from '@patient-access/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher, Pool } from 'undici';
import { Answering, type Held, type Treatment } from './response-relay.ts';
import type { Headers } from './proxy-headers.ts';

export interface Upstream extends Treatment {
  pool: Pool;
  path: string;
  headers: Headers;
}

/**
 * Passes the upstream's answer on to the client: status, headers and body as they came.
 *
 * @param upstream.headers only what may go over the next hop
 * @returns the answer when it was held back; undefined when it was passed on
 * @throws OperationError 503 when the upstream cannot be reached, breaks off before anything went out, or answers
 *   something else than what was asked. Later a break closes the client's connection.
 */
export function forward(
  request: FastifyRequest,
  reply: FastifyReply,
  upstream: Upstream,
): Promise<Held | undefined> {
  const { body } = request;
  return new Promise((resolve, reject) => {
    upstream.pool.dispatch(
      {
        path: upstream.path,
        method: request.method as Dispatcher.HttpMethod,
        headers: upstream.headers,
        body: Buffer.isBuffer(body) && body.length > 0 ? body : null,
      },
      new Answering(reply, upstream, resolve, (error) => reject(asRefusal(error))),
    );
  });
}

const asRefusal = (error: unknown) => (error instanceof OperationError ? error : unavailable(error));
