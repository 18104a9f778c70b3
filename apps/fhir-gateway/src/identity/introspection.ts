import { hash } from 'node:crypto';
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

/** One notice of auth-service's stream of revocations: a token, a grant, a login, an app, or a whole tenant. */
export interface Revoked {
  tenant: string;
  jti?: string;
  grantId?: string;
  /** of the login */
  sub?: string;
  clientId?: string;
}

/** A question under way, and what was revoked since it was asked: its answer may be older. `undefined`: who knows what. */
interface Asking {
  answer: Promise<Introspected>;
  revoked: (Revoked | undefined)[];
}

function concerns(revoked: Revoked | undefined, claims: TokenClaims): boolean {
  if (!revoked) return true;
  if (revoked.tenant !== claims.tenant) return false;
  const { jti, grantId, sub, clientId } = revoked;
  const named = [
    [jti, claims.jti],
    [grantId, claims.grant_id],
    [sub, claims.sub],
    [clientId, claims.client_id],
  ].filter(([name]) => name !== undefined);
  return named.every(([name, claim]) => name === claim);
}

const isOutdated = ({ revoked }: Asking, { claims }: Introspected): boolean =>
  revoked.some((each) => concerns(each, claims));

/** A refusal in the sandbox may be one of a counted few. */
const isForOnce = ({ claims }: Introspected): boolean => claims.sandbox?.retry_after !== undefined;

/** Revocation is pushed; this bounds what a lost push can do (design, "One request, end to end"). */
const MAX_CACHE_MS = 5_000;
const MAX_CACHED = 50_000;

/**
 * The payload without checking the signature: it came from auth-service itself, and the owners do check.
 *
 * @returns undefined when the token is not live
 * @throws SyntaxError when the answer is no JWT
 */
export function claimsIn(jwt: string): TokenClaims | undefined {
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
  private readonly asking = new Map<string, Asking>();

  constructor(auth: Pool, secret: string, publicUrl: string) {
    this.auth = auth;
    this.publicUrl = publicUrl;
    this.authorization = gatewayCredential(secret);
  }

  /** Forgets what was cached for what was revoked, or everything when it is not known what was missed. */
  forget(revoked?: Revoked): void {
    for (const asking of this.asking.values()) asking.revoked.push(revoked);
    for (const [key, { claims }] of this.cache) if (concerns(revoked, claims)) this.cache.delete(key);
  }

  /**
   * @throws OperationError 401 for a token that is not live at this tenant, 503 when auth-service cannot say
   */
  async introspect(tenant: string, token: string, requestId: string, again = false): Promise<Introspected> {
    const key = hash('sha256', `${tenant}\n${token}`, 'base64');
    const cached = this.cache.get(key);
    if (cached && cached.until > Date.now()) return cached;
    // Requests that arrive together with a new token ask once.
    const asking = this.asking.get(key) ?? this.begin(key, tenant, token, requestId);
    const found = await asking.answer;
    if (!isOutdated(asking, found)) return found;
    // Asked once more; overtaken again it is refused, as nobody may make us ask for ever.
    if (again) throw tokenInvalid();
    return this.introspect(tenant, token, requestId, true);
  }

  /** An answer is as old as its question, and is not remembered when a revocation overtook it. */
  private begin(key: string, tenant: string, token: string, requestId: string): Asking {
    const until = Date.now() + MAX_CACHE_MS;
    const answer = this.ask(tenant, token, requestId).finally(() => this.asking.delete(key));
    const asking: Asking = { answer, revoked: [] };
    this.asking.set(key, asking);
    answer.then(
      (found) => isOutdated(asking, found) || isForOnce(found) || this.remember(key, found, until),
      () => undefined,
    );
    return asking;
  }

  private remember(key: string, found: Introspected, until: number): void {
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(key, { ...found, until: Math.min(until, found.claims.exp * 1000) });
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
      path: `/internal/${tenant}/statements`,
      method: 'POST',
      headers: {
        authorization: this.authorization,
        'content-type': 'application/json',
        'x-request-id': requestId,
      },
      body: JSON.stringify({ token }),
    });
    const jwt = await body.text();
    if (statusCode === 204) return { jwt, claims: undefined };
    if (statusCode !== 200) throw new Error(`introspection answered ${statusCode}`);
    return { jwt, claims: claimsIn(jwt) };
  }
}
