/** Why a call of an app was refused, in the words of the errors that apps read. */
import { ERROR_ENTRIES, type ErrorEntry } from '@patient-access/fhir';
import type { AppCall } from '@patient-access/internal-api';

/** What audit-service tells of apps (egress/trail-of-calls.ts). */
export interface TrailOfCalls {
  /** @returns the newest calls of the last seven days; rejects when audit-service does not answer */
  calls(
    tenant: string,
    clients: readonly string[],
    wanted: { request?: string; only?: 'refused' },
  ): Promise<AppCall[]>;
}

/**
 * Reasons of the trail that are more precise than the error that the app got. The app gets no more here than it got
 * there: what is withheld, of another member or not there is `not-found` already.
 */
const SAID_AS: Readonly<Record<string, string>> = {
  'cursor-expired': 'cursor-invalid',
  'cursor-forged': 'cursor-invalid',
  'wrong-tenant': 'scope-insufficient',
  'no-member': 'scope-insufficient',
  'not-offered': 'not-found',
  'invalid-token': 'token-invalid',
  'token-expired': 'token-invalid',
  'token-ended': 'token-invalid',
  'no-proof': 'proof-invalid',
  'invalid-proof': 'proof-invalid',
  'proof-of-another-key': 'proof-invalid',
  'proof-used': 'proof-invalid',
};

const ENTRIES = new Map<string, ErrorEntry>(
  [...ERROR_ENTRIES.oauth, ...ERROR_ENTRIES.fhir].map((entry) => [entry.code, entry]),
);

/** @returns the error with its meaning and remedy; undefined for a call that was answered, and for a reason without a text */
export const errorOfCall = ({ outcome, reason }: AppCall): ErrorEntry | undefined =>
  outcome === 'answered' || reason === null ? undefined : ENTRIES.get(SAID_AS[reason] ?? reason);
