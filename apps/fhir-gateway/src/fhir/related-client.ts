import {
  MAX_COMPLETED_BYTES,
  OperationError,
  RELATED_PATH,
  tooCostly,
  unavailable,
} from '@patient-access/fhir';
import type { Dispatcher } from 'undici';
import type { Authenticated } from '../identity/bearer.strategy.ts';
import type { Ask } from './include-completion.ts';
import type { Gateway } from '../proxy/gateway.ts';
import { ownerHeaders, verifyAnswer } from '../proxy/owner-request.ts';

async function textOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // Leaving the loop ends the connection.
    if (bytes > MAX_COMPLETED_BYTES) throw tooCostly();
  }
  return Buffer.concat(chunks).toString();
}

/**
 * Asks an owner, with the credential of the request itself, what belongs beside its page.
 *
 * @returns a function that throws OperationError 503 when the owner cannot say, 400 when it is too much
 */
export function askRelated(gateway: Gateway, request: Authenticated): Ask {
  const { tenant } = request.params;
  return async (owner, round, question) => {
    try {
      const { statusCode, headers, text } = await gateway.shares.within(owner, request, async () => {
        const answer = await gateway.owners[owner].request({
          path: `/${tenant}/${RELATED_PATH}${round > 1 ? `/${round}` : ''}`,
          method: 'POST',
          headers: { ...ownerHeaders(request), 'content-type': 'application/json' },
          body: JSON.stringify(question),
        });
        return { ...answer, text: await textOf(answer.body) };
      });
      verifyAnswer(request, headers);
      // Our own question is well-formed: what an owner refuses about it is its size.
      if (statusCode === 400) throw tooCostly();
      if (statusCode !== 200) throw new Error(`${owner} answered ${statusCode}`);
      return text;
    } catch (error) {
      throw error instanceof OperationError ? error : unavailable(error);
    }
  };
}
