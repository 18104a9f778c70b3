import { PassportStrategy } from '@nestjs/passport';
import { fhirBase, type OperationError, planOf, tokenInvalid, unavailable } from '@patient-access/fhir';
import { issuerPath, jwksPath } from '@patient-access/internal-api';
import { ExpiringCache, RequestStrategy } from '@patient-access/platform';
import {
  GATEWAY_CLIENT_ID,
  INTROSPECTION_JWT_TYPE,
  KEY_CACHE_SECONDS,
  TokenClaims,
} from '@patient-access/smart';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { FhirServiceConfig } from '../config.ts';

/**
 * Refuses introspection JWTs that are older. The gateway passes one on for five seconds at most. Together with the
 * tolerance for clocks, somebody inside the network could replay the JWT of a revoked token for ten seconds.
 */
const MAX_AGE_SECONDS = 8;
const CLOCK_TOLERANCE_SECONDS = 2;
/** An unknown key id makes us fetch the issuer's keys at most once in this time (security case S16). */
const KEY_COOLDOWN_MS = 30_000;
const MAX_VERIFIED = 10_000;
/** Of JWTs and their claims. The claims take about as many bytes as the JWT has characters: 1,200, and 12,000 with many scopes. */
const MAX_VERIFIED_BYTES = 24 * 1024 * 1024;

/** Passport name of {@link IntrospectionStrategy}. */
export const INTROSPECTION = 'introspection';

interface Incoming {
  headers: Record<string, string | string[] | undefined>;
  params: { tenant?: string };
}

/** Is this an error of fetching the JWK Set: no connection, no answer in time, or an answer that is not a key set? */
function isKeySetFailure(error: unknown): boolean {
  if (error instanceof errors.JOSEError) return ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC'].includes(error.code);
  // fetch rejects with a TypeError, whatever went wrong on the network.
  return (error as Error).name === 'TypeError';
}

/**
 * The gateway passes on no JWT that is older than five seconds. So if only its time is wrong, a clock is wrong, or the request
 * has waited, and the token of the app may be valid.
 *
 * @returns an error with the age of the JWT; undefined when something else is wrong with it
 */
function wrongTime(error: unknown): Error | undefined {
  const isTime = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
  if (!isTime || error.claim !== 'iat' || error.reason !== 'check_failed') return undefined;
  const age = Math.round(Date.now() / 1000 - (error.payload.iat ?? 0));
  return new Error(
    `an introspection JWT is ${age} s old: do the clocks of auth-service and of this service differ?`,
  );
}

/**
 * Without the issuer's keys, and with a wrong clock, no token can be judged: 503. Every other error is the fault of the token:
 * 401, for which an app throws its token away.
 */
function toOperationError(error: unknown): OperationError {
  const cause = isKeySetFailure(error) ? error : wrongTime(error);
  return cause ? unavailable(cause) : tokenInvalid();
}

/**
 * Passport strategy `introspection`. The credential inside the installation is auth-service's signed introspection
 * response (RFC 9701). It is verified here against the tenant's published keys. Nothing else in a request says who
 * the caller is.
 */
export class IntrospectionStrategy extends PassportStrategy(RequestStrategy, INTROSPECTION) {
  private readonly keys = new Map<string, JWTVerifyGetKey>();
  private readonly verified = new ExpiringCache<TokenClaims>({
    max: MAX_VERIFIED,
    maxSize: MAX_VERIFIED_BYTES,
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
    const known = this.verified.get(jwt);
    if (known?.tenant === tenant) return known;
    const { claims, until } = await this.verify(tenant, jwt);
    const ttl = until * 1000 - Date.now();
    // The cache takes a ttl of 0 as unlimited.
    if (ttl > 0) this.verified.set(jwt, claims, { ttl, size: 2 * jwt.length });
    return claims;
  }

  /** @returns the claims, and until when they may be used again, in seconds since the epoch */
  private async verify(tenant: string, jwt: string): Promise<{ claims: TokenClaims; until: number }> {
    const { payload } = await jwtVerify(jwt, this.keysOf(planOf(tenant)), {
      typ: INTROSPECTION_JWT_TYPE,
      algorithms: ['ES256'],
      issuer: `${this.publicUrl}${issuerPath(planOf(tenant))}`,
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
