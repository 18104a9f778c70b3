/** Headers that our services send to one another. The gateway removes them from outside requests. */

/** The id of the request, which the gateway makes. Every service logs and records it. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The network address of the client, for the audit trail and for throttling. */
export const CLIENT_ADDRESS_HEADER = 'x-forwarded-for';

/** On a response: whose data it holds, as `{tenant}/{patient}` (security rule D09). */
export const RESPONSE_SUBJECT_HEADER = 'x-response-subject';

interface Subject {
  tenant: string;
  /** logical id of the Patient; absent if the caller is not a member */
  patient?: string;
}

/** The request and the member to which a response belongs. */
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
 * @param headers of a response; a header that came twice is an array, which equals nothing
 * @returns whether this is the response to that request and about that member
 */
export const isBoundTo = (
  headers: Readonly<Record<string, unknown>>,
  { requestId, subject }: Binding,
): boolean =>
  headers[REQUEST_ID_HEADER] === requestId && headers[RESPONSE_SUBJECT_HEADER] === nameOf(subject);
