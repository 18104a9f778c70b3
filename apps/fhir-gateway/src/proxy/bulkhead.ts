import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore, SemaphoreRefusal } from '@patient-access/concurrency';
import { type Owner, throttled } from '@patient-access/fhir';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';

/** How many requests of one tenant, and of one grant, may be at one owner at the same time. */
export interface BulkheadLimits {
  tenant: number;
  grant: number;
}

/** How many requests may wait for each one that is at an owner. */
const WAITING_PER_PERMIT = 4;
const WAIT_MS = 1_000;
/**
 * A request that may not even wait is refused only after this time. Otherwise an app that repeats it at once would
 * keep us busy.
 */
const REFUSE_AFTER_MS = 500;
const RETRY_AFTER_SECONDS = 1;

/**
 * Prevents one caller from taking an owner for itself. Of the requests that are at an owner at the same time, a
 * tenant has a share, and a grant has a share of that (security rule D26, case T09). Each owner is counted
 * separately, so an owner that hangs blocks only its own requests (cases P02, P05). The limit is on concurrent
 * requests and not on requests per second: an app that sends one request after the other is not limited.
 */
export class Bulkhead {
  private readonly limits: BulkheadLimits;
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(limits: BulkheadLimits) {
    this.limits = limits;
  }

  /**
   * Runs `work` when a permit is free.
   *
   * @param work calls `release` when the owner has finished; the time that a client takes to read does not count
   * @throws OperationError 429 when no permit becomes free in time; the errors of `work`
   */
  async run<Result>(
    owner: Owner,
    request: AuthenticatedRequest,
    work: (release: () => void) => Promise<Result>,
  ): Promise<Result> {
    const { tenant, grant_id: grant } = request.user.claims;
    const held: string[] = [];
    const release = () => {
      for (const name of held.splice(0)) this.release(name);
    };
    try {
      // The grant's permit comes first, so that a request that waits for it does not hold a permit of its tenant.
      held.push(await this.acquire(`${owner} ${tenant} ${grant}`, this.limits.grant));
      held.push(await this.acquire(`${owner} ${tenant}`, this.limits.tenant));
      return await work(release);
    } finally {
      release();
    }
  }

  /** @returns the name of the semaphore of the permit */
  private async acquire(name: string, permits: number): Promise<string> {
    let semaphore = this.semaphores.get(name);
    if (!semaphore) {
      semaphore = new Semaphore({ permits, queue: permits * WAITING_PER_PERMIT, waitMs: WAIT_MS });
      this.semaphores.set(name, semaphore);
    }
    try {
      await semaphore.acquire();
      return name;
    } catch (error) {
      if (!(error instanceof SemaphoreRefusal)) throw error;
      if (error.reason === 'queue-full') await delay(REFUSE_AFTER_MS);
      throw throttled(RETRY_AFTER_SECONDS);
    }
  }

  private release(name: string): void {
    const semaphore = this.semaphores.get(name);
    semaphore?.release();
    if (semaphore?.isIdle) this.semaphores.delete(name);
  }
}
