import { FairSemaphore, SemaphoreRefusal } from '@patient-access/concurrency';
import { type Owner, throttled, unavailable } from '@patient-access/fhir';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import { holdRefusal } from '../quotas/hold-refusal.ts';

/** How many requests may be at one owner at the same time: of everybody, of one tenant, and of one grant. */
export interface BulkheadLimits {
  owner: number;
  tenant: number;
  grant: number;
}

/** How many requests may wait for each one that is at an owner. */
const WAITING_PER_PERMIT = 8;
/** A request waits for its turn no longer than this. */
const WAIT_MS = 1_000;
/** No one is told to stay away for longer, whatever the last minute was like. */
const MOST_RETRY_SECONDS = 30;
/** So many of the last requests say how long one takes. */
const MEAN_OF = 32;

function semaphoreOf({ owner, tenant, grant }: BulkheadLimits): FairSemaphore {
  const share = (permits: number) => ({ permits, queue: permits * WAITING_PER_PERMIT });
  const all = { permits: owner, queue: Infinity };
  return new FairSemaphore({ levels: [all, share(tenant), share(grant)], waitMs: WAIT_MS });
}

/** The bulkhead of one owner. */
class OwnerBulkhead {
  private readonly semaphore: FairSemaphore;
  /** mean time that the last requests took */
  private meanMs = 0;
  private counted = 0;

  constructor(limits: BulkheadLimits) {
    this.semaphore = semaphoreOf(limits);
  }

  /** @returns when a permit is granted, what gives it back @throws SemaphoreRefusal */
  async enter(path: readonly string[]): Promise<() => void> {
    const release = await this.semaphore.acquire(path);
    const since = performance.now();
    let isHeld = true;
    return () => {
      if (isHeld) this.note(performance.now() - since);
      isHeld = false;
      release();
    };
  }

  /** @returns when there is room for whoever is refused now, if all goes on as it does */
  retrySeconds(rounds: number): number {
    const seconds = Math.ceil((rounds * this.meanMs) / 1_000);
    return Math.min(MOST_RETRY_SECONDS, Math.max(1, seconds));
  }

  private note(ms: number): void {
    this.counted = Math.min(MEAN_OF, this.counted + 1);
    this.meanMs += (ms - this.meanMs) / this.counted;
  }
}

/**
 * Prevents one caller from taking an owner for itself. So many requests may be at an owner at the same time that it has
 * enough to do, and the others wait here, where plans take turns: in the owner, its pool and Postgres a request would wait
 * behind all that came before it. A tenant has at most a part of that, so that slow requests of one cannot take all, and a
 * grant a part of its tenant's (security rule D26, case T09). Each owner is counted separately, so an owner that hangs blocks
 * only its own requests (cases P02, P05). The limit is on concurrent requests and not on requests per second: an app that
 * sends one request after the other is not limited.
 */
export class Bulkhead {
  private readonly limits: BulkheadLimits;
  private readonly byOwner = new Map<Owner, OwnerBulkhead>();

  constructor(limits: BulkheadLimits) {
    this.limits = limits;
  }

  /**
   * Runs `work` when a permit is free.
   *
   * @param work calls `release` when the owner has finished; the time that a client takes to read does not count
   * @throws OperationError 429 when no permit becomes free in time, 503 when other tenants have all of them; the errors of
   *   `work`
   */
  async run<Result>(
    owner: Owner,
    request: AuthenticatedRequest,
    work: (release: () => void) => Promise<Result>,
  ): Promise<Result> {
    const { tenant, grant_id: grant } = request.user.claims;
    const release = await this.enter(owner, [tenant, grant]);
    try {
      return await work(release);
    } finally {
      release();
    }
  }

  private async enter(owner: Owner, path: readonly string[]): Promise<() => void> {
    const bulkhead = this.bulkheadOf(owner);
    const began = performance.now();
    try {
      return await bulkhead.enter(path);
    } catch (error) {
      if (!(error instanceof SemaphoreRefusal)) throw error;
      // Slow requests of other tenants have all places: it is not this one that asks too much.
      if (error.isOfOthers) throw unavailable(error);
      const seconds = bulkhead.retrySeconds(error.rounds);
      await holdRefusal(performance.now() - began);
      throw throttled(seconds);
    }
  }

  private bulkheadOf(owner: Owner): OwnerBulkhead {
    let bulkhead = this.byOwner.get(owner);
    if (!bulkhead) this.byOwner.set(owner, (bulkhead = new OwnerBulkhead(this.limits)));
    return bulkhead;
  }
}
