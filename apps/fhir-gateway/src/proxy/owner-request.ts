/** What a request to an owner carries, and what its answer has to. */
import { type Owner, unavailable } from '@patient-access/fhir';
import type { FastifyReply } from 'fastify';
import type { Held } from './response-relay.ts';
import type { Authenticated } from '../identity/bearer.strategy.ts';
import { forward, type Upstream } from './forward.ts';
import type { Gateway } from './gateway.ts';
import type { Headers } from './proxy-headers.ts';

/** What the owner may know of the client's request; its credential is ours, not the client's. */
export function ownerHeaders({ user, id, ip }: Authenticated): Record<string, string> {
  return { authorization: `Bearer ${user.jwt}`, 'x-request-id': id, 'x-forwarded-for': ip };
}

/**
 * Compares whose answer it is with whom was asked for, and forgets the header that says so (security rule D09).
 *
 * @throws OperationError 503 when it is the answer to something else
 */
export function verifyAnswer({ user, id }: Authenticated, headers: Record<string, unknown>): void {
  const { tenant, patient } = user.claims;
  const same = headers['x-request-id'] === id && headers['x-answer-for'] === `${tenant}/${patient ?? ''}`;
  if (!same) throw unavailable(new Error('an owner answered another request'));
  delete headers['x-answer-for'];
}

/**
 * Passes a request on to an owner within its caller's share, and the owner's answer back once it is known to be the
 * answer to this request.
 *
 * @returns the answer when it was held back @throws OperationError 429, 503
 */
export function askOwner(
  { shares, owners }: Gateway,
  owner: Owner,
  request: Authenticated,
  reply: FastifyReply,
  upstream: Omit<Upstream, 'verify' | 'pool'>,
): Promise<Held | undefined> {
  return shares.within(owner, request, (leave) => {
    const verify = (headers: Headers) => {
      // An owner has the whole answer before its first byte.
      leave();
      verifyAnswer(request, headers);
    };
    return forward(request, reply, { ...upstream, pool: owners[owner], verify });
  });
}
