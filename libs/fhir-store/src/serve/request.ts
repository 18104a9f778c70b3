/** A FHIR request and its response, independent of the web server. */
import type { LinkedAnswers } from '@patient-access/fhir';
import type { Conditions } from './conditional.ts';
import type { RawParameters } from './parameters.ts';

export interface FhirRequest {
  requestId: string;
  tenant: string;
  method: string;
  /** below the FHIR base, without query */
  path: string;
  parameters: RawParameters;
  prefer?: string;
  conditions: Conditions;
  /** entries for which the gateway has room on a page that it began or joins */
  room?: number;
  /** does the gateway ask the next service where this one has no answer? */
  asksNext?: boolean;
  /** what the gateway has found of chains into another service; empty: it can ask; absent: it cannot */
  links?: LinkedAnswers;
  /** the client's network address, for the audit trail */
  address: string;
}

export interface FhirResponse {
  status: number;
  headers: Record<string, string>;
  /** UTF-8 */
  body: Buffer;
  /** the event of the request is durable: of what was given, or of the refusal */
  isRecorded: boolean;
}
