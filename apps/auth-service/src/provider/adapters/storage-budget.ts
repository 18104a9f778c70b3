/**
 * Bounds what can be stored by who does not finish: pages of logins and of consents, and pushed requests. Each replica counts its
 * share in memory: a count in the database would be one more thing that is stored.
 */
import type { ShownQuota } from '@patient-access/fhir';
import { errors } from 'oidc-provider';
import { INTERACTION_SECONDS } from '../../domain/grants/lifetimes.ts';
import type { LiveReplicas } from '../../domain/replicas/live-replicas.ts';
import { countedSingly } from '../../domain/throttle/counted-singly.ts';

/** For some five hundred logins at the same time behind one address, and for 64 times that at one plan, which has half of all. */
const EACH_BYTES = 4 * 1024 * 1024;
const TOTAL_BYTES = 128 * EACH_BYTES;
/** Of so many each is counted singly, and all others of a plan together: more than one plan has room for with a login each. */
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
 * Counts bytes of each network, login or client, from the start of a quarter of an hour to its end: so long such records are
 * kept. What a plan stores is never more than what it leaves free: alone it has half of all, a second one half of what is left,
 * and so on. So there is room for the next plan, however many have used up theirs.
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
    // No network, login or client ends so.
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
 * Strangers by their network. A member who is logged in by that login, and a client that has authenticated by that client if
 * somebody vouches for it: many members come from one address, and the requests of many from that of their app's server. Each
 * kind has a total of its own, so none uses up what another may store.
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
