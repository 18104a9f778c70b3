import { type Owner, unavailable } from '@patient-access/fhir';
import {
  CLIENT_ADDRESS_HEADER,
  isBoundTo,
  REQUEST_ID_HEADER,
  RESPONSE_SUBJECT_HEADER,
} from '@patient-access/internal-api';
import type { FastifyReply } from 'fastify';
import type { Dispatcher, Pool } from 'undici';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import type { Bulkhead } from './bulkhead.ts';
import { forward, type UpstreamRequest } from './forward.ts';
import type { Headers } from './proxy-headers.ts';
import type { BufferedResponse } from './response-relay.ts';

/** What the gateway asks an owner of data by itself, beside the request that it answers. */
interface OwnerQuery<Body> {
  path: string;
  /** JSON */
  body: string;
  read(body: Dispatcher.ResponseData['body']): Promise<Body>;
}

/** What an owner may know of the client's request. The credential is the introspection JWT, and not the client's token. */
function ownerHeaders({ user, id, ip }: AuthenticatedRequest): Record<string, string> {
  return { authorization: `Bearer ${user.jwt}`, [REQUEST_ID_HEADER]: id, [CLIENT_ADDRESS_HEADER]: ip };
}

/**
 * Compares whose data the response holds with whose was asked for, and removes the header that says so (security rule
 * D09).
 *
 * @throws OperationError 503 when it is the response to another request, or about another member
 */
function verifyBinding(
  { user: { claims }, id }: AuthenticatedRequest,
  headers: Record<string, unknown>,
): void {
  if (!isBoundTo(headers, { requestId: id, subject: claims }))
    throw unavailable(new Error('an owner answered another request'));
  delete headers[RESPONSE_SUBJECT_HEADER];
}

/** The owners of data, each within what the bulkhead grants the caller. */
export class OwnerClient {
  private readonly pools: Record<Owner, Pool>;
  private readonly bulkhead: Bulkhead;

  constructor(pools: Record<Owner, Pool>, bulkhead: Bulkhead) {
    this.pools = pools;
    this.bulkhead = bulkhead;
  }

  /**
   * Passes a request on to an owner, and the owner's response back once it is known to be the response to this request.
   *
   * @param upstream.headers beside those that every owner gets
   * @returns the response when it was buffered @throws OperationError 429, 503
   */
  forward(
    owner: Owner,
    request: AuthenticatedRequest,
    reply: FastifyReply,
    upstream: Omit<UpstreamRequest, 'verify' | 'pool'>,
  ): Promise<BufferedResponse | undefined> {
    return this.bulkhead.run(owner, request, (release) => {
      const verify = (headers: Headers) => {
        // An owner has the whole answer before it sends its first byte.
        release();
        verifyBinding(request, headers);
      };
      const headers = Object.assign(ownerHeaders(request), upstream.headers);
      return forward(request, reply, { ...upstream, headers, pool: this.pools[owner], verify });
    });
  }

  /** Asks an owner with the credential of the request. @throws OperationError 429, 503; whatever `read` throws */
  async query<Body>(
    owner: Owner,
    request: AuthenticatedRequest,
    { path, body, read }: OwnerQuery<Body>,
  ): Promise<{ status: number; body: Body }> {
    const response = await this.bulkhead.run(owner, request, async () => {
      const { statusCode, headers, ...answer } = await this.pools[owner].request({
        path,
        method: 'POST',
        headers: { ...ownerHeaders(request), 'content-type': 'application/json' },
        body,
      });
      return { status: statusCode, headers, body: await read(answer.body) };
    });
    verifyBinding(request, response.headers);
    return response;
  }
}
