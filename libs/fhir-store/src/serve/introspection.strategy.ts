import { hash } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import { fhirBase, type OperationError, tokenInvalid, unavailable } from '@patient-access/fhir';
import { issuerPath, jwksPath } from '@patient-access/internal-api';
import { RequestStrategy } from '@patient-access/platform';
import {
  GATEWAY_CLIENT_ID,
  INTROSPECTION_JWT_TYPE,
  KEY_CACHE_SECONDS,
  TokenClaims,
} from '@patient-access/smart';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import type { FhirServiceConfig } from '../config.ts';

/**
 * An older introspection JWT is refused: the gateway sends one on for five seconds at most. Together with the tolerance
 * that is ten seconds in which somebody on the inside could replay the JWT of a revoked token.
 */
const MAX_AGE_SECONDS = 8;
const CLOCK_TOLERANCE_SECONDS = 2;
/** An unknown key id makes us fetch the issuer's keys at most this often (security case S16). */
const KEY_COOLDOWN_MS = 30_000;
const MAX_VERIFIED = 10_000;

/** Passport name of {@link IntrospectionStrategy}. */
export const INTROSPECTION = 'introspection';

interface Incoming {
  headers: Record<string, string | string[] | undefined>;
  params: { tenant?: string };
}

/** What the JWK Set's fetch fails with: no connection, no answer in time, an answer that is no key set. */
function isWithoutKeys(error: unknown): boolean {
  if (error instanceof errors.JOSEError) return ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC'].includes(error.code);
  // What fetch rejects with, whatever went wrong on the way.
  return (error as Error).name === 'TypeError';
}

/** Without the issuer's keys nothing can be said of a token; every other failure is the token's own. */
function toOperationError(error: unknown): OperationError {
  return isWithoutKeys(error) ? unavailable(error) : tokenInvalid();
}

/**
 * Passport strategy `introspection`: the internal credential is auth-service's signed introspection response
 * (RFC 9701), verified here against the tenant's published keys. Nothing else that a request carries is believed.
 */
export class IntrospectionStrategy extends PassportStrategy(RequestStrategy, INTROSPECTION) {
  private readonly keys = new Map<string, JWTVerifyGetKey>();
  private readonly verified = new LRUCache<string, TokenClaims>({
    max: MAX_VERIFIED,
    ttl: MAX_AGE_SECONDS * 1000,
  });
  private readonly authUrl: string;
  private readonly publicUrl: string;

  constructor(config: Pick<FhirServiceConfig, 'AUTH_URL' | 'PUBLIC_URL'>) {
    super();
    this.authUrl = config.AUTH_URL;
    this.publicUrl = config.PUBLIC_URL;
  }

  async validate(request: Incoming): Promise<TokenClaims> {
    try {
      return await this.claimsOf(request);
    } catch (error) {
      throw toOperationError(error);
    }
  }

  private async claimsOf(request: Incoming): Promise<TokenClaims> {
    const [scheme, jwt, ...rest] = String(request.headers['authorization'] ?? '').split(' ');
    const { tenant } = request.params;
    if (scheme !== 'Bearer' || !jwt || rest.length > 0 || !tenant) throw tokenInvalid();
    const digest = hash('sha256', `${tenant}\n${jwt}`, 'base64');
    const known = this.verified.get(digest);
    if (known) return known;
    const { claims, until } = await this.verify(tenant, jwt);
    const ttl = until * 1000 - Date.now();
    // For the cache a ttl of 0 is one without an end.
    if (ttl > 0) this.verified.set(digest, claims, { ttl });
    return claims;
  }

  /** @returns the claims, and until when they may be used again, in seconds since the epoch */
  private async verify(tenant: string, jwt: string): Promise<{ claims: TokenClaims; until: number }> {
    const { payload } = await jwtVerify(jwt, this.keysOf(tenant), {
      typ: INTROSPECTION_JWT_TYPE,
      algorithms: ['ES256'],
      issuer: `${this.publicUrl}${issuerPath(tenant)}`,
      audience: GATEWAY_CLIENT_ID,
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    const claims = TokenClaims.parse(payload['token_introspection']);
    const until = Math.min(claims.exp, (payload.iat ?? 0) + MAX_AGE_SECONDS);
    const here = claims.tenant === tenant && claims.aud === fhirBase(this.publicUrl, tenant);
    if (!here || claims.exp <= Date.now() / 1000) throw tokenInvalid();
    return { claims, until };
  }

  private keysOf(tenant: string): JWTVerifyGetKey {
    let keys = this.keys.get(tenant);
    if (!keys) {
      const url = new URL(jwksPath(encodeURIComponent(tenant)), this.authUrl);
      keys = createRemoteJWKSet(url, {
        cooldownDuration: KEY_COOLDOWN_MS,
        cacheMaxAge: KEY_CACHE_SECONDS * 1000,
      });
      this.keys.set(tenant, keys);
    }
    return keys;
  }
}
