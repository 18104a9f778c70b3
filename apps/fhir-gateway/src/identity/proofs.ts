/** Access tokens that are bound to a key of the app's (DPoP, RFC 9449 section 7): worth nothing without its proof. */
import { proofInvalid, tokenInvalid, unavailable } from '@patient-access/fhir';
import { type Proof, PROOF_ALGORITHMS, readProof, type TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'undici';
import { gatewayCredential } from './credential.ts';

/** How a request brings its access token. */
export interface Credential {
  scheme: 'bearer' | 'dpop';
  token: string;
}

const refused = (error: 'invalid_token' | 'invalid_dpop_proof', reason: string) =>
  proofInvalid(error, PROOF_ALGORITHMS, reason);

export class Proofs {
  private readonly auth: Pool;
  private readonly authorization: string;
  private readonly publicUrl: string;

  constructor(auth: Pool, secret: string, publicUrl: string) {
    this.auth = auth;
    this.publicUrl = publicUrl;
    this.authorization = gatewayCredential(secret);
  }

  /**
   * @throws OperationError 401 when a bound token comes without a new proof for this very request, or one that is not
   *   bound claims to be; 503 when nobody can say whether the proof is new
   */
  async check(request: FastifyRequest, { scheme, token }: Credential, claims: TokenClaims): Promise<void> {
    const jkt = claims.cnf?.jkt;
    if (jkt === undefined) {
      if (scheme === 'dpop') throw tokenInvalid();
      return;
    }
    if (scheme === 'bearer') throw refused('invalid_token', 'no-proof');
    const url = `${this.publicUrl}${request.url}`;
    const header = request.headers['dpop'];
    const asked = { method: request.method, url, token, now: Date.now() };
    const proof = typeof header === 'string' ? await readProof(header, asked) : undefined;
    if (!proof) throw refused('invalid_dpop_proof', 'invalid-proof');
    if (proof.jkt !== jkt) throw refused('invalid_token', 'proof-of-another-key');
    if (!(await this.isNew(claims.tenant, proof))) throw refused('invalid_dpop_proof', 'proof-used');
  }

  /** One question for every request: what was brought to one gateway must not be good at another. */
  private async isNew(tenant: string, proof: Proof): Promise<boolean> {
    try {
      const { statusCode, body } = await this.auth.request({
        path: `/internal/${tenant}/proofs`,
        method: 'POST',
        headers: { authorization: this.authorization, 'content-type': 'application/json' },
        body: JSON.stringify(proof),
      });
      await body.dump();
      if (statusCode === 409) return false;
      if (statusCode !== 204) throw new Error(`auth-service answered ${statusCode}`);
      return true;
    } catch (error) {
      throw unavailable(error);
    }
  }
}
