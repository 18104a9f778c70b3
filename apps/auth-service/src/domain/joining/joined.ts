/** Accounts that members made alone (ADR 90). */
import { deriveKeys, type Keys } from '../keys/secrets.ts';

/**
 * Stands where others have the issuer of the plan's identity provider: the link from the number to its account. So the
 * account follows what the plan says about the number, and a number has one account.
 */
export const JOINED_ISSUER = 'urn:payer-patient-access:joined';

/** `subject` of the link; no identity provider has such a subject. */
export const joinedSubject = (number: string): string => `joined/${number}`;

/** The key of what is kept about people to compare with. @param masters KEY_ENCRYPTION_KEY */
export const joiningKey = (masters: Keys): Keys => deriveKeys(masters, 'joining');
