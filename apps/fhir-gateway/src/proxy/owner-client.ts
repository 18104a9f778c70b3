import { type Owner, unavailable } from '@patient-access/fhir';
import {
  CLIENT_ADDRESS_HEADER,
  isBoundTo,
  REQUEST_ID_HEADER,
  RESPONSE_SUBJECT_HEADER,
} from '@patient-access/internal-api';
import { attemptOf } from '@patient-access/platform';
import { traceHeaders } from '@patient-access/tracing';
import type { FastifyReply } from 'fastify';
import type { Pool } from 'undici';
import { asDpopChallenge } from '../identity/challenge.ts';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import { bufferResponse, type WholeResponse } from './buffer-response.ts';
import type { Bulkhead } from './bulkhead.ts';
import { forward, type UpstreamRequest } from './forward.ts';
import type { Headers } from './proxy-headers.ts';
import type { BufferedResponse } from './response-relay.ts';

/** A request that the gateway itself sends to an owner, to answer a client's request. */
interface OwnerQuery {
  path: string;
  /** JSON */
  body: string;
}

/**
 * The introspection JWT for the next request to an owner. An answer may take several of them, and each may have to wait
 * for its turn. Owners would refuse the first one's JWT as too old, and the app would throw a good token away. A revocation
 * ends an answer in its middle.
 *
 * @throws OperationError 401 when the token has ended meanwhile, 503 when auth-service does not answer
 */
async function credentialFor(request: AuthenticatedRequest): Promise<string> {
  const { user } = request;
  const isFirst = !attemptOf(request).isPassedOn;
  const { jwt } = isFirst || !user.again ? user : await user.again();
  return jwt;
}

/**
 * What an owner learns about the client's request. The credential is the introspection JWT and not the client's
 * token.
 */
async function ownerHeaders(request: AuthenticatedRequest): Promise<Record<string, string>> {
  return {
    authorization: `Bearer ${await credentialFor(request)}`,
    [REQUEST_ID_HEADER]: request.id,
    [CLIENT_ADDRESS_HEADER]: request.ip,
    ...traceHeaders(),
  };
}

/**
 * Compares the member of the response with the member of the request, and removes the header that names the member
 * (security rule D09).
 *
 * @throws OperationError 503 when this is the response to another request, or is about another member
 */
function verifyBinding(
  { user: { claims }, id }: AuthenticatedRequest,
  headers: Record<string, unknown>,
): void {
  if (!isBoundTo(headers, { requestId: id, subject: claims }))
    throw unavailable(
      new Error('an owner answered another request, or could not tell whose it is: see its log'),
    );
  delete headers[RESPONSE_SUBJECT_HEADER];
}

/** An owner does not know with which scheme the token came, and refuses in that of most tokens. */
function nameScheme({ user: { claims } }: AuthenticatedRequest, headers: Headers): void {
  const challenge = headers['www-authenticate'];
  if (claims.cnf && typeof challenge === 'string') headers['www-authenticate'] = asDpopChallenge(challenge);
}

/** Sends requests to the owners, within the limits of the bulkhead. */
export class OwnerClient {
  private readonly pools: Record<Owner, Pool>;
  private readonly bulkhead: Bulkhead;

  constructor(pools: Record<Owner, Pool>, bulkhead: Bulkhead) {
    this.pools = pools;
    this.bulkhead = bulkhead;
  }

  /**
   * Passes a request on to an owner. The response is passed back when it is known to belong to this request.
   *
   * @param upstream.headers in addition to those that every owner gets
   * @returns the response when it was buffered @throws OperationError 401, 429, 503
   */
  async forward(
    owner: Owner,
    request: AuthenticatedRequest,
    reply: FastifyReply,
    upstream: Omit<UpstreamRequest, 'verify' | 'pool'>,
  ): Promise<BufferedResponse | undefined> {
    const headers = Object.assign(await ownerHeaders(request), upstream.headers);
    return this.bulkhead.run(owner, request, (release) => {
      const verify = (answered: Headers) => {
        // An owner has finished its work before it sends the first byte.
        release();
        verifyBinding(request, answered);
        // It has recorded what it gives, or why it refuses.
        attemptOf(request).isPassedOn = true;
        nameScheme(request, answered);
      };
      return forward(request, reply, { ...upstream, headers, pool: this.pools[owner], verify });
    });
  }

  /**
   * Sends a request of the gateway to an owner, with the credential of the client's request.
   *
   * @returns the whole response
   * @throws OperationError 401, 429, 503; 400 when the response is too large; an error of undici
   */
  async query(
    owner: Owner,
    request: AuthenticatedRequest,
    { path, body }: OwnerQuery,
  ): Promise<WholeResponse> {
    const headers = { ...(await ownerHeaders(request)), 'content-type': 'application/json' };
    const verify = (answered: Headers) => verifyBinding(request, answered);
    return this.bulkhead.run(owner, request, () =>
      bufferResponse(this.pools[owner], { path, method: 'POST', headers, body }, verify),
    );
  }
}
