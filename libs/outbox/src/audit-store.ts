import type { SequenceRange } from '@patient-access/events';
import {
  ACCESS_EVENTS_PATH,
  MISSING_EVENTS_PATH,
  MissingEvents,
  type SequenceQuery,
} from '@patient-access/internal-api';

const DELIVER_MS = 5_000;
const ASK_MS = 2_000;

/**
 * Calls an internal route of audit-service.
 *
 * @returns the body of the response
 * @throws Error when the status is not 2xx
 */
async function call(
  url: URL,
  secret: string,
  { body, timeoutMs }: { body?: string; timeoutMs: number },
): Promise<string> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${secret}` },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
  return text;
}

/** The audit store as a producer sees it. Only its confirmation allows a producer to delete an event. */
export interface AuditStore {
  /** Stores messages, each one line. Resolves after the store has committed them. */
  deliver(lines: readonly string[]): Promise<void>;
  /** @returns the sequence numbers between `first` and `last` that the store has not committed */
  missing(producer: string, [first, last]: SequenceRange): Promise<SequenceRange[]>;
}

/** @param auditUrl base URL of audit-service @param secret shared with audit-service */
export function auditStore(auditUrl: string, secret: string): AuditStore {
  return {
    async deliver(lines) {
      const url = new URL(ACCESS_EVENTS_PATH, auditUrl);
      await call(url, secret, { body: lines.join('\n'), timeoutMs: DELIVER_MS });
    },
    async missing(producer, [first, last]) {
      const url = new URL(MISSING_EVENTS_PATH, auditUrl);
      const query = { producer, first: String(first), last: String(last) } satisfies Record<
        keyof SequenceQuery,
        string
      >;
      url.search = String(new URLSearchParams(query));
      return MissingEvents.parse(JSON.parse(await call(url, secret, { timeoutMs: ASK_MS }))).missing;
    },
  };
}
