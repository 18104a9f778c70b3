/** Refusals of a token that is bound to a key name the scheme that such a token needs (RFC 9449 section 7.1). */
import { PROOF_ALGORITHMS } from '@patient-access/smart';

/** @param challenge a value of WWW-Authenticate with the scheme Bearer */
export const asDpopChallenge = (challenge: string): string =>
  /^Bearer\b/.test(challenge)
    ? `${challenge.replace(/^Bearer/, 'DPoP')}, algs="${PROOF_ALGORITHMS.join(' ')}"`
    : challenge;
