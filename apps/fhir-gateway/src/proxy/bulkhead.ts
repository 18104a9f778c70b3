import { setTimeout as delay } from 'node:timers/promises';
import { Semaphore, SemaphoreRefusal } from '@patient-access/concurrency';
import { type Owner, throttled } from '@patient-access/fhir';
import type { DenialCounter } from '../edge/denial-counter.ts';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';

/** How many requests may be with one owner at the same time: those of one tenant, and those of one grant. */
export interface BulkheadLimits {
  tenant: number;
  grant: number;
}

/** For each request that may be with an owner so many may wait, for so long. */
const WAITING_PER_PERMIT = 4;
const WAIT_MS = 1_000;
/** A request that may not even wait is refused after a while: whoever asks again at once would keep us busy with refusals. */
const REFUSE_AFTER_MS = 500;
const RETRY_AFTER_SECONDS = 1;

/**
 * Nobody can have an owner for itself. Of the requests that are with an owner at the same time a tenant has a share, and a
 * grant a share of that (security rule D26, case T09). Each owner is counted by itself, so that one that hangs keeps only
 * its own requests waiting (cases P02, P05). What is counted is requests under way, not requests per second: an app that
 * asks for one thing after the other is as fast as the answers are.
 */
export class Bulkhead {
  private readonly limits: BulkheadLimits;
  private readonly denials: DenialCounter;
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(limits: BulkheadLimits, denials: DenialCounter) {
    this.limits = limits;
    this.denials = denials;
  }

  /**
   * Runs `work` when there is room for it.
   *
   * @param work calls `release` as soon as the owner has done its part: how long a client takes to read is its own affair
   * @throws OperationError 429 when there is no room, and none soon; whatever `work` throws
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
      // The grant's permit first: a request that waits for it must not hold one of its tenant's.
      held.push(await this.acquire(`${owner} ${tenant} ${grant}`, this.limits.grant, request));
      held.push(await this.acquire(`${owner} ${tenant}`, this.limits.tenant, request));
      return await work(release);
    } finally {
      release();
    }
  }

  /** @returns the name of the semaphore */
  private async acquire(name: string, permits: number, { user, ip }: AuthenticatedRequest): Promise<string> {
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
      // No owner hears of who is refused here.
      this.denials.count(user.claims.tenant, ip, 'throttled');
      throw throttled(RETRY_AFTER_SECONDS);
    }
  }

  private release(name: string): void {
    const semaphore = this.semaphores.get(name);
    semaphore?.release();
    if (semaphore?.isIdle) this.semaphores.delete(name);
  }
}
