/** Reads a member's resources from the service that holds them, as the gateway does: with an introspection JWT. */
import { randomUUID } from 'node:crypto';
import { CLIENT_ADDRESS_HEADER, isBoundTo, REQUEST_ID_HEADER } from '@patient-access/internal-api';

/** After this time a page can still be shown in time. */
const DEADLINE_MS = 4_000;

/** The service did not answer, or could not record the reading. Nothing of the record may be shown. */
export class RecordUnavailable extends Error {
  override name = 'RecordUnavailable';
}

/** Who asks, and about whom. */
export interface RecordQuestion {
  /** internal base URL of the service */
  base: string;
  tenant: string;
  patient: string;
  introspectionJwt: string;
  /** network address of the person */
  address: string;
}

/**
 * @param path below the FHIR base, encoded
 * @returns the body as it is; undefined when there is no such resource for this member
 * @throws RecordUnavailable unless the response belongs to this request (security rule D09)
 */
export async function readRecord(question: RecordQuestion, path: string): Promise<unknown> {
  const { base, tenant, patient, introspectionJwt, address } = question;
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${introspectionJwt}`,
    [REQUEST_ID_HEADER]: requestId,
    [CLIENT_ADDRESS_HEADER]: address,
  };
  const response = await fetch(new URL(`/${encodeURIComponent(tenant)}/${path}`, base), {
    headers,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((cause: unknown) => {
    throw new RecordUnavailable('the service cannot be reached', { cause });
  });
  const isOurs = isBoundTo(Object.fromEntries(response.headers), {
    requestId,
    subject: { tenant, patient },
  });
  if (isOurs && (response.status === 404 || response.status === 410)) return undefined;
  if (!isOurs || response.status !== 200)
    throw new RecordUnavailable(`the service answered ${response.status}`);
  return response.json();
}
