/** Headers that our services send to one another. The gateway lets none of them in from outside. */

/** The id of the request, which the gateway gave it. Every service logs and records it. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The network address of the client, for the audit trail and for throttling. */
export const CLIENT_ADDRESS_HEADER = 'x-forwarded-for';

/** In a response: whose data it holds, `{tenant}/{patient}` (security rule D09). */
export const RESPONSE_SUBJECT_HEADER = 'x-response-subject';

interface Subject {
  tenant: string;
  /** logical id of the Patient; left out: the caller is no member */
  patient?: string;
}

/** For which request and about whom a response is. */
interface Binding {
  requestId: string;
  subject: Subject;
}

const nameOf = ({ tenant, patient = '' }: Subject): string => `${tenant}/${patient}`;

/** @returns the headers that bind a response to its request and to its member (security rule D09) */
export const bindingHeaders = ({ requestId, subject }: Binding) => ({
  [REQUEST_ID_HEADER]: requestId,
  [RESPONSE_SUBJECT_HEADER]: nameOf(subject),
});

/**
 * @param headers of a response; a header that came twice is an array, and equals nothing
 * @returns whether it is the response to that request, about that member
 */
export const isBoundTo = (
  headers: Readonly<Record<string, unknown>>,
  { requestId, subject }: Binding,
): boolean =>
  headers[REQUEST_ID_HEADER] === requestId && headers[RESPONSE_SUBJECT_HEADER] === nameOf(subject);
