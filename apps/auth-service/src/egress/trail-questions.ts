/** Questions to audit-service that this service signs with its own key. */
import { eventSigner } from '@patient-access/events';
import { pathTo, QUESTION_SIGNATURE_HEADER } from '@patient-access/internal-api';

const DEADLINE_MS = 4_000;

export interface TrailSettings {
  /** internal base URL of audit-service */
  AUDIT_URL: string;
  /** private key of this service */
  EVENT_KEY: string;
}

interface Question {
  /** with `:tenant` */
  path: string;
  tenant: string;
  query: Readonly<Record<string, string | number>>;
  /** what is signed of it */
  statement: string;
}

/** @returns a function that asks, and rejects when audit-service does not answer */
export function trailQuestions({ AUDIT_URL: base, EVENT_KEY: pem }: TrailSettings) {
  const signer = eventSigner('auth-service', pem);
  return async ({ path, tenant, query, statement }: Question): Promise<unknown> => {
    const url = new URL(pathTo(path, { tenant }), base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const headers = { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signer.sign(statement)}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
    return response.json();
  };
}
