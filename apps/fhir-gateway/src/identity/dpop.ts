/**
 * Access tokens that are bound to a key of the app (DPoP, RFC 9449 section 7). Without a proof by this key they are
 * refused.
 */
import { proofInvalid, tokenInvalid } from '@patient-access/fhir';
import { PROOF_ALGORITHMS, readProof, type TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth-client/auth-client.ts';

/** An access token in a request. */
export interface PresentedToken {
  scheme: 'bearer' | 'dpop';
  token: string;
}

const refused = (error: 'invalid_token' | 'invalid_dpop_proof', reason: string, says: string) =>
  proofInvalid(error, PROOF_ALGORITHMS, { reason, says });

/** Checks that the sender of a bound token holds its key. */
export class DpopVerifier {
  private readonly auth: AuthClient;
  private readonly publicUrl: string;

  constructor(auth: AuthClient, publicUrl: string) {
    this.auth = auth;
    this.publicUrl = publicUrl;
  }

  /**
   * @throws OperationError 401 when a bound token comes without a new proof for this request, or an unbound token
   * comes with the scheme `DPoP`; 503 when auth-service cannot say whether the proof is new
   */
  async check(
    request: FastifyRequest,
    { scheme, token }: PresentedToken,
    claims: TokenClaims,
  ): Promise<void> {
    const jkt = claims.cnf?.jkt;
    if (jkt === undefined) {
      if (scheme === 'dpop')
        throw tokenInvalid('The access token is not bound to a key. Send it with Authorization: Bearer.');
      return;
    }
    if (scheme === 'bearer')
      throw refused(
        'invalid_token',
        'no-proof',
        'Send it with Authorization: DPoP, and a proof in the header DPoP.',
      );
    const url = `${this.publicUrl}${request.url}`;
    const header = request.headers['dpop'];
    const proven = { method: request.method, url, token, now: Date.now() };
    const proof = typeof header === 'string' ? await readProof(header, proven) : 'there is no header DPoP';
    if (typeof proof === 'string')
      throw refused('invalid_dpop_proof', 'invalid-proof', `The proof is not valid: ${proof}.`);
    if (proof.jkt !== jkt)
      throw refused('invalid_token', 'proof-of-another-key', 'The proof is signed with another key.');
    // auth-service is asked each time, so a proof that was used at one gateway is refused at another.
    if (!(await this.auth.useProof(claims.tenant, proof)))
      throw refused(
        'invalid_dpop_proof',
        'proof-used',
        'The proof was used before. Make a new one for each request.',
      );
  }
}
