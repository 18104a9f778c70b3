/**
 * Limits what is stored for requests that nobody finishes: pages of logins and consents, and pushed requests. Each replica
 * counts its share of the limit in memory. A count in the database would be one more thing that a stranger can have stored.
 */
import type { ShownQuota } from '@patient-access/fhir';
import { errors } from 'oidc-provider';
import { INTERACTION_SECONDS } from '../../domain/grants/lifetimes.ts';
import type { LiveReplicas } from '../../domain/replicas/live-replicas.ts';
import { countedSingly } from '../../domain/throttle/counted-singly.ts';

/** Of one network, login or client: enough for about 500 logins at the same time behind one address. */
const EACH_BYTES = 4 * 1024 * 1024;
/** Of all plans together. A plan that is alone may use half of it, which is as much as 64 networks. */
const TOTAL_BYTES = 128 * EACH_BYTES;
/**
 * So many networks, logins or clients have a count of their own. All others of a plan share one. The number is larger than a
 * plan has room for if each of them begins one login.
 */
const MAX_KEYS = 50_000;
/** What a row costs beside its payload. */
const ROW_BYTES = 500;
const WINDOW_MS = INTERACTION_SECONDS * 1000;

/** Too much was stored from this address, or for this login or client. Shown to the person or client; an app is told nothing by a redirect. */
export class TooMuchStored extends errors.OIDCProviderError {
  override error_description = 'too many requests that nobody finished, try again later';
  override allow_redirect = false;
  /** seconds */
  readonly retryAfter: number;
  /** of the address, the login or the client, if it is what is used up */
  readonly quota: ShownQuota | undefined;

  constructor(retryAfter: number, quota?: ShownQuota) {
    super(429, 'temporarily_unavailable');
    this.retryAfter = retryAfter;
    this.quota = quota;
  }
}

/**
 * Counts the bytes of each network, login or client in windows of a quarter of an hour, which is how long such records are
 * kept. A plan may store as much as it leaves free. The first plan to use all that it may gets half of the total, the next one
 * half of the rest, and so on. So there is always room for one more plan.
 */
class StorageBudget {
  private readonly replicas: LiveReplicas;
  private window = 0;
  private total = 0;
  private plans = new Map<string, number>();
  private used = new Map<string, number>();

  constructor(replicas: LiveReplicas) {
    this.replicas = replicas;
  }

  /**
   * @param plan for which it is stored
   * @param of the network, the login or the client
   * @param payload that is to be stored
   * @returns what is left for it
   * @throws TooMuchStored
   */
  take(plan: string, of: string, payload: string): ShownQuota {
    const now = Date.now();
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.window) Object.assign(this, { window, total: 0, plans: new Map(), used: new Map() });
    const bytes = Buffer.byteLength(payload) + ROW_BYTES;
    // No network, login or client ends with a slash.
    const key = countedSingly(this.used, of, MAX_KEYS, `${plan}/`);
    const used = (this.used.get(key) ?? 0) + bytes;
    const seconds = Math.ceil(((window + 1) * WINDOW_MS - now) / 1000);
    const quota = this.quotaOf(used, seconds);
    if (used > this.replicas.share(EACH_BYTES)) throw new TooMuchStored(seconds, quota);
    const total = this.total + bytes;
    const ofPlan = (this.plans.get(plan) ?? 0) + bytes;
    if (ofPlan > this.replicas.share(TOTAL_BYTES) - total) throw new TooMuchStored(seconds);
    this.total = total;
    this.plans.set(plan, ofPlan);
    this.used.set(key, used);
    return quota;
  }

  /** The balancer spreads requests, so as much is left at the other replicas. */
  private quotaOf(used: number, seconds: number): ShownQuota {
    const left = (this.replicas.share(EACH_BYTES) - used) * this.replicas.count('auth-service');
    return {
      name: 'stored',
      limit: EACH_BYTES,
      unit: 'content-bytes',
      windowSeconds: INTERACTION_SECONDS,
      left: Math.max(0, Math.min(EACH_BYTES, left)),
      seconds,
    };
  }
}

/**
 * By what each request is counted. Strangers are counted by their network. Members who are logged in are counted by their
 * login, because many of them share an address. A client that has authenticated is counted by itself if somebody vouches for
 * it, because one server of an app sends the requests of many members. Each kind has a total of its own, so none uses up what
 * another may store.
 */
export interface StorageBudgets {
  strangers: StorageBudget;
  logins: StorageBudget;
  clients: StorageBudget;
}

export const storageBudgets = (replicas: LiveReplicas): StorageBudgets => ({
  strangers: new StorageBudget(replicas),
  logins: new StorageBudget(replicas),
  clients: new StorageBudget(replicas),
});
