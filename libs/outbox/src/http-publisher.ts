import type { Publisher } from './publisher.ts';

const TIMEOUT_MS = 5_000;

/**
 * Publishes to audit-service over HTTP: the one-machine default, where no broker runs.
 *
 * @param auditUrl base URL of audit-service
 * @param secret shared with audit-service
 */
export function httpPublisher(auditUrl: string, secret: string): Publisher {
  const url = new URL('/internal/access-events', auditUrl);
  return {
    async publish(messages) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${secret}` },
        body: messages.map(({ body }) => body).join('\n'),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (response.status !== 204) throw new Error(`audit-service answered ${response.status}`);
    },
    close: () => Promise.resolve(),
  };
}
