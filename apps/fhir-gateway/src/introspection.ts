import { createHash } from 'node:crypto';
import { fhirBase, tokenInvalid, unavailable } from '@patient-access/fhir';
import { TokenClaims } from '@patient-access/smart';
import type { Pool } from 'undici';
import { gatewayCredential } from './credential.ts';

/** What the gateway knows of a live token: the signed statement for the owners, and what it says. */
export interface Introspected {
  jwt: string;
  claims: TokenClaims;
}

interface Cached extends Introspected {
  /** milliseconds since the epoch */
  until: number;
}

/** Revocation is pushed; this bounds what a lost push can do (design, "One request, end to end"). */
const MAX_CACHE_MS = 5_000;
const MAX_CACHED = 50_000;

/**
 * The payload without checking the signature: it came from auth-service itself, and the owners do check.
 *
 * @returns undefined when the token is not live
 * @throws SyntaxError when the answer is no JWT
 */
function claimsIn(jwt: string): TokenClaims | undefined {
  const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  return TokenClaims.safeParse(payload['token_introspection']).data;
}

/** Asks auth-service who a token is, and remembers the answer for a few seconds by the token's hash. */
export class Introspection {
  private readonly auth: Pool;
  private readonly authorization: string;
  private readonly publicUrl: string;
  private readonly cache = new Map<string, Cached>();
  private readonly asking = new Map<string, Promise<Introspected>>();
  /** how often something was forgotten: an answer that was under way meanwhile may be out of date */
  private forgotten = 0;

  constructor(auth: Pool, secret: string, publicUrl: string) {
    this.auth = auth;
    this.publicUrl = publicUrl;
    this.authorization = gatewayCredential(secret);
  }

  /** Forgets what was cached for a revoked grant or token, or everything when it is not known what was missed. */
  forget(revoked?: { tenant: string; grantId?: string; jti?: string }): void {
    this.forgotten += 1;
    if (!revoked) return this.cache.clear();
    for (const [key, { claims }] of this.cache) {
      const same = claims.grant_id === revoked.grantId || claims.jti === revoked.jti;
      if (claims.tenant === revoked.tenant && same) this.cache.delete(key);
    }
  }

  /**
   * @throws OperationError 401 for a token that is not live at this tenant, 503 when auth-service cannot say
   */
  async introspect(tenant: string, token: string, requestId: string): Promise<Introspected> {
    const key = createHash('sha256').update(tenant).update('\n').update(token).digest('base64');
    const cached = this.cache.get(key);
    if (cached && cached.until > Date.now()) return cached;
    // Requests that arrive together with a new token ask once.
    const { forgotten } = this;
    const asking =
      this.asking.get(key) ?? this.ask(tenant, token, requestId).finally(() => this.asking.delete(key));
    this.asking.set(key, asking);
    const found = await asking;
    if (forgotten !== this.forgotten) return found;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(key, { ...found, until: Math.min(Date.now() + MAX_CACHE_MS, found.claims.exp * 1000) });
    return found;
  }

  private async ask(tenant: string, token: string, requestId: string): Promise<Introspected> {
    const { jwt, claims } = await this.request(tenant, token, requestId).catch((error: unknown) => {
      throw unavailable(error);
    });
    const here = claims?.tenant === tenant && claims.aud === fhirBase(this.publicUrl, tenant);
    if (!here || claims.exp * 1000 <= Date.now()) throw tokenInvalid();
    return { jwt, claims };
  }

  /** @throws whatever went wrong on the way */
  private async request(tenant: string, token: string, requestId: string) {
    const { statusCode, body } = await this.auth.request({
      path: `/auth/${tenant}/oauth2/v1/introspect`,
      method: 'POST',
      headers: {
        authorization: this.authorization,
        accept: 'application/token-introspection+jwt',
        'content-type': 'application/x-www-form-urlencoded',
        'x-request-id': requestId,
      },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
    });
    const jwt = await body.text();
    if (statusCode !== 200) throw new Error(`introspection answered ${statusCode}`);
    return { jwt, claims: claimsIn(jwt) };
  }
}
