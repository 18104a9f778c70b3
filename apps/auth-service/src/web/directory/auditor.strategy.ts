import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { ForbiddenException, Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { RequestStrategy } from '@patient-access/platform';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, TokenClaims } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { AUDITOR_JWT_SECONDS } from '../../domain/grants/lifetimes.ts';
import { Tenants } from '../../provider/tenants.ts';

/** Passport name of {@link AuditorStrategy}. */
export const AUDITOR_STRATEGY = 'auditor';

const CLOCK_TOLERANCE_SECONDS = 2;
const ALGORITHM = 'ES256';

/**
 * The introspection JWT of an auditor, which this service signed for the gateway and audit-service passes on. A service
 * that is taken over can ask nothing here while no auditor asks it.
 */
@Injectable()
export class AuditorStrategy extends PassportStrategy(RequestStrategy, AUDITOR_STRATEGY) {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    super();
    this.tenants = tenants;
  }

  async validate({
    headers: { authorization = '' },
    params: { tenant },
  }: FastifyRequest<{ Params: { tenant: string } }>): Promise<TokenClaims> {
    const [, jwt = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    const claims = await this.claimsOf(tenant, jwt).catch(() => undefined);
    if (claims?.tenant !== tenant) throw new UnauthorizedException();
    if (claims.role !== 'auditor') throw new ForbiddenException();
    return claims;
  }

  private async claimsOf(id: string, jwt: string): Promise<TokenClaims | undefined> {
    const server = await this.tenants.get(id);
    if (!server || server.tenant.suspended) return undefined;
    const { kid } = decodeProtectedHeader(jwt);
    const jwk = server.keys.find((key) => key.kid === kid && key.alg === ALGORITHM);
    if (!jwk) return undefined;
    const { payload } = await jwtVerify(jwt, createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), {
      typ: INTROSPECTION_JWT_TYPE,
      algorithms: [ALGORITHM],
      issuer: server.tenant.issuer,
      audience: GATEWAY_CLIENT_ID,
      maxTokenAge: AUDITOR_JWT_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return TokenClaims.parse(payload['token_introspection']);
  }
}
