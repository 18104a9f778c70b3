import { TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';

/** What auth-service says of a live token, or of an auditor's session. */
export interface IntrospectedToken {
  /** the introspection JWT (RFC 9701), which is the credential at the owners */
  jwt: string;
  claims: TokenClaims;
}

/** A request below a tenant's FHIR base whose caller is known. */
export type AuthenticatedRequest = FastifyRequest<{ Params: { tenant: string; '*': string } }> & {
  user: IntrospectedToken;
};

/**
 * Reads the claims without checking the signature: the JWT came from auth-service itself, and the owners check it.
 *
 * @returns undefined when the JWT holds no claims of a live token
 * @throws SyntaxError when the text is no JWT
 */
export function claimsIn(jwt: string): TokenClaims | undefined {
  const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return TokenClaims.safeParse(payload['token_introspection']).data;
}
