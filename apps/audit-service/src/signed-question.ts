/** Questions that a service signs with its own key. */
import { type EventKeys, isSignedBy } from '@patient-access/events';
import { loginRequired } from '@patient-access/fhir';
import { SIGNED_QUESTION_SECONDS } from '@patient-access/internal-api';

interface SignedQuestion {
  /** the service that has to have signed */
  by: string;
  /** value of the header: the key's id and the signature */
  signed?: string | undefined;
  /** what had to be signed */
  statement: string;
  /** ISO 8601, a minute ago at most; null where an old question does no harm */
  asked: string | null;
}

/** @throws OperationError 401 unless the service signed exactly this */
export function requireSigned(keys: EventKeys, { by, signed = '', statement, asked }: SignedQuestion): void {
  const [kid = '', signature = ''] = signed.split(' ');
  const age = asked === null ? 0 : Math.abs(Date.now() - Date.parse(asked)) / 1000;
  const isGenuine = isSignedBy(keys, by, { kid, signature, statement }, Date.now());
  if (!isGenuine || age > SIGNED_QUESTION_SECONDS) throw loginRequired();
}
