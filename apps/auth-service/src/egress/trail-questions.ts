/** Questions to audit-service that this service signs with its own key. */
import { eventSigner } from '@patient-access/events';
import { QUESTION_SIGNATURE_HEADER } from '@patient-access/internal-api';

const DEADLINE_MS = 4_000;

export interface TrailSettings {
  /** internal base URL of audit-service */
  AUDIT_URL: string;
  /** private key of this service */
  EVENT_KEY: string;
}

interface Question {
  path: string;
  query: Readonly<Record<string, string | number | undefined>>;
  /** what is signed of it */
  statement: string;
  /** left out: GET */
  method?: 'POST';
  /** left out: as long as a page can wait */
  timeoutMs?: number;
}

/** @returns a function that asks, and rejects when audit-service does not answer */
export function trailQuestions({ AUDIT_URL: base, EVENT_KEY: pem }: TrailSettings) {
  const signer = eventSigner('auth-service', pem);
  return async ({ path, query, statement, method, timeoutMs = DEADLINE_MS }: Question): Promise<unknown> => {
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const response = await fetch(url, {
      method: method ?? 'GET',
      headers: { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signer.sign(statement)}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
    return JSON.parse(text);
  };
}
