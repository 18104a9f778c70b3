import { OperationError, tooCostly, unavailable } from '@patient-access/fhir';
import { relatedPath } from '@patient-access/internal-api';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import type { OwnerClient } from '../proxy/owner-client.ts';
import type { FetchRelated } from './include-completion.ts';

/**
 * Asks an owner for the related resources of a page, with the credential of the client's request.
 *
 * @returns a function that throws OperationError 503 when the owner does not answer, 400 when the answer is too large
 */
export function relatedClient(owners: OwnerClient, request: AuthenticatedRequest): FetchRelated {
  const { tenant } = request.user.claims;
  return async (owner, round, related) => {
    try {
      const { status, body } = await owners.query(owner, request, {
        path: `/${tenant}/${relatedPath(round)}`,
        body: JSON.stringify(related),
      });
      // The gateway's own request is well-formed, so an owner refuses it only because of its size.
      if (status === 400) throw tooCostly();
      if (status !== 200) throw new Error(`${owner} answered ${status}`);
      return body;
    } catch (error) {
      throw error instanceof OperationError ? error : unavailable(error);
    }
  };
}
