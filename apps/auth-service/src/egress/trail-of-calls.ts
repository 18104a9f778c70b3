/** Asks audit-service about the calls of apps. Each question is signed with the service's own key. */
import { eventSigner } from '@patient-access/events';
import {
  APP_CALLS_PATH,
  AppCalls,
  type AppCallsQuery,
  appCallsStatement,
  pathTo,
  QUESTION_SIGNATURE_HEADER,
} from '@patient-access/internal-api';
import type { TrailOfCalls } from '../domain/developers/calls.ts';

const DEADLINE_MS = 4_000;

interface Settings {
  /** internal base URL of audit-service */
  AUDIT_URL: string;
  /** private key of this service */
  EVENT_KEY: string;
}

export function trailOfCalls({ AUDIT_URL: base, EVENT_KEY: pem }: Settings): TrailOfCalls {
  const signer = eventSigner('auth-service', pem);
  return {
    async calls(tenant, clients, wanted) {
      if (clients.length === 0) return [];
      const asked = new Date().toISOString();
      const query: AppCallsQuery = { clients: clients.join(' '), asked, ...wanted };
      const url = new URL(pathTo(APP_CALLS_PATH, { tenant }), base);
      url.search = String(new URLSearchParams(Object.entries(query)));
      const signature = signer.sign(appCallsStatement(tenant, query));
      const headers = { [QUESTION_SIGNATURE_HEADER]: `${signer.kid} ${signature}` };
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(DEADLINE_MS) });
      if (!response.ok) throw new Error(`audit-service answered ${response.status}`);
      return AppCalls.parse(await response.json()).calls;
    },
  };
}
