import { hash } from 'node:crypto';
import { fhirBase, OperationError, tokenInvalid, unavailable } from '@patient-access/fhir';
import type { RevocationNotice } from '@patient-access/internal-api';
import { ExpiringCache } from '@patient-access/platform';
import type { TokenClaims } from '@patient-access/smart';
import type { AuthClient, TokenUse } from '../auth-client/auth-client.ts';
import { claimsIn, type IntrospectedToken } from './introspected-token.ts';
import { type DueToken, SharedRenewals } from './renewals.ts';

interface Answer extends IntrospectedToken {
  /** how long the token was still good then */
  leftMs: number;
}

/**
 * An introspection whose answer has not come yet, and the notices that came after it was sent. Its answer may be
 * older than these notices. `undefined` stands for notices that may have been missed.
 */
interface PendingIntrospection {
  answer: Promise<Answer>;
  notices: (RevocationNotice | undefined)[];
}

/** The request that needs the answer. */
interface UseOfToken extends TokenUse {
  /** called when auth-service has recorded the refusal of this very request */
  onRecorded(): void;
}

const isRefusal = (error: unknown): boolean => error instanceof OperationError && error.status === 401;

/** Does the notice revoke this token? Without a notice it counts as revoked, because nobody knows what was missed. */
function concerns(notice: RevocationNotice | undefined, claims: TokenClaims): boolean {
  if (!notice) return true;
  if (notice.tenant !== claims.tenant) return false;
  const { jti, grantId, sub, clientId } = notice;
  const named = [
    [jti, claims.jti],
    [grantId, claims.grant_id],
    [sub, claims.sub],
    [clientId, claims.client_id],
  ].filter(([name]) => name !== undefined);
  return named.every(([name, claim]) => name === claim);
}

const isOutdated = ({ notices }: PendingIntrospection, { claims }: IntrospectedToken): boolean =>
  notices.some((notice) => concerns(notice, claims));

/** Where notices may have been missed the token may be good. Apps throw away what gets a 401, so this is a 503. */
const refusalOf = ({ notices }: PendingIntrospection): OperationError =>
  notices.includes(undefined)
    ? unavailable(new Error('notices of revocations may have been missed, again and again'))
    : tokenInvalid();

/** A sandbox fault may count refusals. Such an answer is valid for one request only. */
const isForOneRequest = ({ claims }: IntrospectedToken): boolean => claims.sandbox?.retry_after !== undefined;

/** Revocations are pushed. This limits the effect of a push that was lost. */
const MAX_AGE_MS = 5_000;
/** An answer that is still used at this age is renewed, so that no request has to wait for the next one. */
const RENEW_AFTER_MS = 3_500;
/** Of some 20,000 usual tokens: more than are used in five seconds of a gateway's full load. A token with many scopes takes 20 kB. */
const MAX_BYTES = 48 * 1024 * 1024;
const MAX_TOKENS = 50_000;
/** bytes of the heap for each character of an introspection JWT: itself, and the claims in it */
const BYTES_PER_CHARACTER = 2;

/** An answer in the cache. */
interface KeptAnswer {
  found: IntrospectedToken;
  /** milliseconds since the process started: whoever sets the clock makes no answer younger or older */
  askedAt: number;
}

const isOld = ({ askedAt }: KeptAnswer): boolean => performance.now() - askedAt >= RENEW_AFTER_MS;

const keyOf = (tenant: string, token: string): string => hash('sha256', `${tenant}\n${token}`, 'base64');

/** Asks auth-service who a token belongs to, and keeps the answer for a few seconds under the hash of the token. */
export class IntrospectionCache {
  private readonly auth: AuthClient;
  private readonly publicUrl: string;
  private readonly cache = new ExpiringCache<KeptAnswer>({
    max: MAX_TOKENS,
    maxSize: MAX_BYTES,
    ttl: MAX_AGE_MS,
  });
  private readonly pending = new Map<string, PendingIntrospection>();
  private readonly renewals = new SharedRenewals((tenant, due) => this.renew(tenant, due));

  constructor(auth: AuthClient, publicUrl: string) {
    this.auth = auth;
    this.publicUrl = publicUrl;
  }

  /**
   * Drops the answers that the notice revokes. Without a notice it drops all, because nobody knows what was missed.
   */
  revoke(notice?: RevocationNotice): void {
    for (const pending of this.pending.values()) pending.notices.push(notice);
    if (!notice) return this.cache.clear();
    for (const [key, { found }] of this.cache.entries())
      if (concerns(notice, found.claims)) this.cache.delete(key);
  }

  /** Is the answer about this token kept? */
  knows(tenant: string, token: string): boolean {
    return this.cache.has(keyOf(tenant, token));
  }

  /**
   * @throws OperationError 401 for a token that is not valid at this tenant, 503 when auth-service does not answer
   */
  async introspect(
    tenant: string,
    token: string,
    use: UseOfToken,
    isSecondTry = false,
  ): Promise<IntrospectedToken> {
    const key = keyOf(tenant, token);
    const cached = this.cache.get(key);
    if (cached && isOld(cached)) this.renewals.note(tenant, { key, token });
    if (cached) return cached.found;
    // Requests that arrive together with a new token share one introspection.
    const shared = this.pending.get(key);
    const pending = shared ?? this.begin(key, this.ask(tenant, token, use));
    const answer = await pending.answer.catch((error: unknown) => {
      // A refusal is not shared: each request with a token that ended leaves its own event.
      if (!shared || isSecondTry || !isRefusal(error)) throw error;
      return undefined;
    });
    if (!answer) return this.introspect(tenant, token, use, true);
    if (!isOutdated(pending, answer)) return answer;
    // Each request asks again only once and is then refused, so no client can make the gateway ask without end.
    if (isSecondTry) throw refusalOf(pending);
    return this.introspect(tenant, token, use, true);
  }

  /** The age of an answer counts from its request. An answer is not kept if a revocation has come in the meantime. */
  private begin(key: string, asking: Promise<Answer>): PendingIntrospection {
    const askedAt = performance.now();
    const answer = asking.finally(() => this.pending.delete(key));
    const pending: PendingIntrospection = { answer, notices: [] };
    this.pending.set(key, pending);
    answer.then(
      (found) => isOutdated(pending, found) || isForOneRequest(found) || this.keep(key, found, askedAt),
      // An answer that is still in the cache is not true any more.
      (error: unknown) => isRefusal(error) && this.cache.delete(key),
    );
    return pending;
  }

  private keep(key: string, found: Answer, askedAt: number): void {
    const ttl = askedAt + Math.min(MAX_AGE_MS, found.leftMs) - performance.now();
    const size = found.jwt.length * BYTES_PER_CHARACTER;
    // The cache takes a ttl of 0 as unlimited.
    if (ttl > 0) this.cache.set(key, { found, askedAt }, { ttl, size });
  }

  /**
   * Asks about tokens that are in use. Where this fails the answers in the cache end with their time, as without it. A
   * token that is revoked meanwhile, or was asked about by a request, is left out.
   */
  private async renew(tenant: string, due: readonly DueToken[]): Promise<void> {
    const asked = due.filter(({ key }) => {
      const cached = this.cache.peek(key);
      return cached !== undefined && isOld(cached) && !this.pending.has(key);
    });
    if (asked.length === 0) return;
    const answers = this.auth.renew(
      tenant,
      asked.map(({ token }) => token),
    );
    for (const [at, { key }] of asked.entries())
      this.begin(
        key,
        answers.then((jwts) => this.accept(tenant, jwts[at] ?? undefined)),
      );
    await answers.catch(() => undefined);
  }

  private async ask(tenant: string, token: string, use: UseOfToken): Promise<Answer> {
    const answer = await this.auth.introspect(tenant, token, use);
    if ('isRecorded' in answer && answer.isRecorded) use.onRecorded();
    return this.accept(tenant, 'jwt' in answer ? answer.jwt : undefined);
  }

  /**
   * Whether the token has ended is judged by the clock of auth-service alone. By a clock of ours that is ahead each one would have
   * ended, and apps throw away what is refused.
   *
   * @throws OperationError 401 for a token without an introspection JWT, and for one that is not good here and now
   */
  private accept(tenant: string, jwt: string | undefined): Answer {
    if (jwt === undefined) throw tokenInvalid();
    const { claims, leftMs = 0 } = claimsIn(jwt) ?? {};
    const isForHere = claims?.tenant === tenant && claims.aud === fhirBase(this.publicUrl, tenant);
    if (!isForHere || !(leftMs > 0)) throw tokenInvalid();
    return { jwt, claims, leftMs };
  }
}
