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
  /** whose record; absent: nobody's */
  patient?: string | undefined;
  introspectionJwt: string;
  /** network address of the person */
  address: string;
}

/**
 * Asks a service of ours in the name of a person.
 *
 * @param path of the service, encoded
 * @throws RecordUnavailable unless the response belongs to this request (security rule D09)
 */
export async function askForPerson(
  { base, tenant, patient, introspectionJwt, address }: RecordQuestion,
  path: string,
): Promise<Response> {
  const requestId = randomUUID();
  const headers = {
    authorization: `Bearer ${introspectionJwt}`,
    [REQUEST_ID_HEADER]: requestId,
    [CLIENT_ADDRESS_HEADER]: address,
  };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(new URL(path, base), { headers, signal }).catch((cause: unknown) => {
    throw new RecordUnavailable('the service cannot be reached', { cause });
  });
  const subject = { tenant, patient };
  if (isBoundTo(Object.fromEntries(response.headers), { requestId, subject })) return response;
  throw new RecordUnavailable(`the service answered ${response.status}`);
}

/**
 * @param path below the FHIR base, encoded
 * @returns the body as it is; undefined when there is no such resource for this member
 * @throws RecordUnavailable
 */
export async function readRecord(question: RecordQuestion, path: string): Promise<unknown> {
  const response = await askForPerson(question, `/${encodeURIComponent(question.tenant)}/${path}`);
  if (response.status === 404 || response.status === 410) return undefined;
  if (response.status !== 200) throw new RecordUnavailable(`the service answered ${response.status}`);
  return response.json();
}
