import type { Server } from 'node:http';
import { waitUntil } from './wait-until.ts';

/**
 * Counts the requests that a server has taken and not ended. A client can have a whole answer a moment before the server
 * does what it does at the end of a request, as to count it for the audit trail.
 *
 * @param server that listens already, so that its own listeners come first
 * @returns waits until each request that was taken has ended. It throws when one does not end
 */
export function requestsEnded(server: Server): () => Promise<void> {
  let underWay = 0;
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => (underWay -= 1));
  });
  return async () => {
    await waitUntil(() => underWay === 0, { failure: () => `${underWay} requests have not ended` });
  };
}
