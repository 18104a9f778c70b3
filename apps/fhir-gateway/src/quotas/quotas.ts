import type { IncomingMessage } from 'node:http';
import { rateLimitHeaders, type ShownQuota, throttled } from '@patient-access/fhir';
import type { RequestsPerMinute } from '@patient-access/internal-api';
import type { TokenClaims } from '@patient-access/smart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { holdRefusal } from './hold-refusal.ts';
import type { LiveGateways } from './live-gateways.ts';
import { MinuteCounts, type Standing } from './minute-counts.ts';
import { subscriberNetworkOf } from './subscriber-network.ts';

/**
 * Whose requests count together: of one app for one member, of one app, of one plan; of one network address those that come
 * with a token that is none, and those for what a plan publishes.
 */
export type QuotaName = 'grant' | 'app' | 'plan' | 'address' | 'published';

export type QuotaLimits = Readonly<Record<QuotaName, number>>;

const OF_TOKENS = ['grant', 'app', 'plan'] as const;
const WINDOW_SECONDS = 60;
/** So many refusals of a caller in a minute leave at once: it may have made a mistake. The others are held. */
const REFUSED_AT_ONCE = 100;
/** How busy other apps are is nobody's business: this one is shown only to whom it refuses. */
const NOT_SHOWN: QuotaName = 'plan';

const SHOWN = Symbol('shown quotas');

/** Node's request with how far its caller is (as for its attempt, no WeakMap). */
interface Counted extends IncomingMessage {
  [SHOWN]?: ShownQuota[];
}

/** Requests for each minute, counted in memory: each gateway counts its share, and asks nobody (ADR 104). */
export class Quotas {
  private readonly limits: QuotaLimits;
  private readonly gateways: LiveGateways;
  private readonly onRefusal: (quota: QuotaName) => void;
  private readonly counts: Readonly<Record<QuotaName, MinuteCounts>>;

  /** @param limits of all gateways together, in a minute */
  constructor(limits: QuotaLimits, gateways: LiveGateways, onRefusal: (quota: QuotaName) => void) {
    this.limits = limits;
    this.gateways = gateways;
    this.onRefusal = onRefusal;
    const each = (Object.keys(limits) as QuotaName[]).map((name) => [name, new MinuteCounts()]);
    this.counts = Object.fromEntries(each) as Record<QuotaName, MinuteCounts>;
  }

  /**
   * Counts a request with an accepted token. One that a quota refuses does not count for the next wider one, so that an app
   * in a loop uses up its own quota and not that of the plan.
   *
   * @param lowered by the plan
   * @throws OperationError 429
   */
  async take({ raw }: FastifyRequest, claims: TokenClaims, lowered: RequestsPerMinute = {}): Promise<void> {
    const { tenant, client_id: app, grant_id: grant } = claims;
    const callers = { grant: `${tenant} ${grant}`, app: `${tenant} ${app}`, plan: tenant };
    const shown: ShownQuota[] = [];
    for (const name of OF_TOKENS) {
      const limit = Math.min(this.limits[name], lowered[name] ?? Infinity);
      const quota = await this.count(name, callers[name], limit);
      if (name !== NOT_SHOWN) shown.push(quota);
    }
    (raw as Counted)[SHOWN] = shown;
  }

  /** Counts a request of whoever asks for what a plan publishes. @throws OperationError 429 */
  async takePublished({ raw, ip }: FastifyRequest): Promise<void> {
    (raw as Counted)[SHOWN] = [await this.count('published', subscriberNetworkOf(ip), this.limits.published)];
  }

  /**
   * Before a token is asked about.
   *
   * @param isKnown is the token one that was accepted a moment ago?
   * @throws OperationError 429 when too many tokens from there were none
   */
  async checkAddress({ ip }: FastifyRequest, isKnown: () => boolean): Promise<void> {
    const { address: limit } = this.limits;
    const [caller, share] = [subscriberNetworkOf(ip), this.gateways.share(limit)];
    if (this.counts.address.next(caller, share).left >= 0 || isKnown()) return;
    await this.refuse('address', limit, this.counts.address.take(caller, share));
  }

  /** The request came without a token, or with one that is none. */
  countAddress({ ip }: FastifyRequest): void {
    this.counts.address.take(subscriberNetworkOf(ip), this.gateways.share(this.limits.address));
  }

  /** Says in the answer how far its caller is. */
  show({ raw }: FastifyRequest, reply: FastifyReply): void {
    const { [SHOWN]: shown } = raw as Counted;
    if (!shown) return;
    for (const [name, value] of Object.entries(rateLimitHeaders(shown))) reply.raw.setHeader(name, value);
  }

  private async count(name: QuotaName, caller: string, limit: number): Promise<ShownQuota> {
    const standing = this.counts[name].take(caller, this.gateways.share(limit));
    if (standing.left < 0) await this.refuse(name, limit, standing);
    // The balancer spreads requests, so as many are left at the other gateways.
    const left = Math.min(limit, standing.left * this.gateways.count);
    return { name, limit, windowSeconds: WINDOW_SECONDS, left, seconds: standing.seconds };
  }

  private async refuse(name: QuotaName, limit: number, { left, seconds }: Standing): Promise<never> {
    this.onRefusal(name);
    if (-left > REFUSED_AT_ONCE) await holdRefusal();
    throw throttled(seconds, {
      quota: name,
      says: SAYS[name](limit),
      headers: rateLimitHeaders([{ name, limit, windowSeconds: WINDOW_SECONDS, left: 0, seconds }]),
    });
  }
}

const SAYS: Readonly<Record<QuotaName, (limit: number) => string>> = {
  grant: (limit) => `The app may send ${limit} requests a minute for one member.`,
  app: (limit) => `The app may send ${limit} requests a minute for all its members together.`,
  plan: (limit) => `The plan takes ${limit} requests a minute from all apps together.`,
  address: (limit) => `${limit} requests a minute from this network address came without a valid token.`,
  published: (limit) => `One network address may send ${limit} requests a minute for what is published.`,
};
