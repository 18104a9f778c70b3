import { unavailable } from '@patient-access/fhir';
import { TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';

/** What auth-service says about a valid token, or about an auditor's session. */
export interface IntrospectedToken {
  /** the introspection JWT (RFC 9701), which the gateway sends to owners as the credential */
  jwt: string;
  claims: TokenClaims;
}

/** What the guard learned about the caller of a request. */
export interface IntrospectedCaller extends IntrospectedToken {
  /**
   * What auth-service says now. Absent where one request to an owner is all that follows.
   *
   * @throws OperationError 401 when the token has ended meanwhile, 503 when auth-service does not answer
   */
  again?(): Promise<IntrospectedToken>;
}

/** A request below a tenant's FHIR base whose caller is known. */
export type AuthenticatedRequest = FastifyRequest<{ Params: { tenant: string; '*': string } }> & {
  user: IntrospectedCaller;
};

/**
 * Reads the claims without checking the signature. The JWT came directly from auth-service, and the owners check it.
 *
 * @returns undefined when the JWT does not hold the claims of a valid token; and how long the token was still good when auth-service
 *   said so, by its clock
 * @throws OperationError 503 when the text is not a JWT
 */
export function claimsIn(jwt: string): { claims: TokenClaims; leftMs: number } | undefined {
  try {
    const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const claims = TokenClaims.safeParse(payload['token_introspection']).data;
    return claims && { claims, leftMs: (claims.exp - Number(payload['iat'])) * 1_000 };
  } catch (error) {
    throw unavailable(error);
  }
}

/** @throws OperationError 503 unless auth-service answered with an introspection JWT of this tenant */
export function introspectedAt(tenant: string, jwt: string): IntrospectedToken {
  const claims = claimsIn(jwt)?.claims;
  if (claims?.tenant !== tenant) throw unavailable(new Error(`not an introspection JWT of ${tenant}`));
  return { jwt, claims };
}
