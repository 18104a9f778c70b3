import { setTimeout as delay } from 'node:timers/promises';
import { type Owner, throttled } from '@patient-access/fhir';
import type { Authenticated } from '../identity/bearer.strategy.ts';
import type { DeniedAttempts } from '../edge/denial-counter.ts';

/** How much of what one gateway asks each owner is whose, in requests at the same time. */
export interface ShareLimits {
  tenant: number;
  grant: number;
}

/** For each request under way so many may wait, for so long. */
const WAITING_PER_PLACE = 4;
const WAIT_MS = 1_000;
/** Who finds no room to wait is told so after a while: whoever asks again at once would keep us busy with refusals. */
const REFUSE_AFTER_MS = 500;
const RETRY_AFTER_SECONDS = 1;

interface Waiting {
  enter(): void;
  timer: NodeJS.Timeout;
}

/** The places of one tenant at one owner, or of one grant. Whoever leaves gives the place to who has waited for longest. */
class Share {
  readonly name: string;
  private readonly places: number;
  private taken = 0;
  private waiting: Waiting[] = [];

  constructor(name: string, places: number) {
    this.name = name;
    this.places = places;
  }

  /** Resolves when there is a place. @throws OperationError 429 when too many wait, or it took too long */
  async enter(): Promise<void> {
    if (this.taken < this.places) return void (this.taken += 1);
    if (this.waiting.length >= this.places * WAITING_PER_PLACE) {
      await delay(REFUSE_AFTER_MS);
      throw throttled(RETRY_AFTER_SECONDS);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((each) => each !== waiting);
        reject(throttled(RETRY_AFTER_SECONDS));
      }, WAIT_MS);
      const waiting: Waiting = { enter: resolve, timer };
      this.waiting.push(waiting);
    });
  }

  leave(): void {
    const next = this.waiting.shift();
    if (!next) return void (this.taken -= 1);
    clearTimeout(next.timer);
    next.enter();
  }

  get isEmpty(): boolean {
    return this.taken === 0 && this.waiting.length === 0;
  }
}

/**
 * Nobody can have an owner for itself: of the requests that are with it at the same time a tenant has a share, and a grant
 * a share of that (security rule D26, case T09). Of each owner, so that one that hangs has only what was asked of itself
 * waiting (cases P02, P05). Counted in requests under way, not per second: an app that asks for one thing after the other
 * is as fast as the answers are.
 */
export class Shares {
  private readonly limits: ShareLimits;
  private readonly denied: DeniedAttempts;
  private readonly shares = new Map<string, Share>();

  constructor(limits: ShareLimits, denied: DeniedAttempts) {
    this.limits = limits;
    this.denied = denied;
  }

  /**
   * Asks an owner when there is room for it.
   *
   * @param ask calls `leave` as soon as the owner has done its work: how long a client takes to read is its own affair
   * @throws OperationError 429 when there is no room, and none soon; whatever `ask` throws
   */
  async within<Result>(
    owner: Owner,
    request: Authenticated,
    ask: (leave: () => void) => Promise<Result>,
  ): Promise<Result> {
    const { tenant, grant_id: grant } = request.user.claims;
    const entered: Share[] = [];
    const leave = () => {
      for (const share of entered.splice(0)) this.leave(share);
    };
    try {
      // The grant's place first: what waits for that must not hold one of its tenant's.
      entered.push(await this.enter(`${owner} ${tenant} ${grant}`, this.limits.grant, request));
      entered.push(await this.enter(`${owner} ${tenant}`, this.limits.tenant, request));
      return await ask(leave);
    } finally {
      leave();
    }
  }

  private async enter(name: string, places: number, { user, ip }: Authenticated): Promise<Share> {
    const share = this.shares.get(name) ?? new Share(name, places);
    this.shares.set(name, share);
    try {
      await share.enter();
      return share;
    } catch (error) {
      // No owner hears of who is refused here.
      this.denied.count(user.claims.tenant, ip, 'throttled');
      throw error;
    }
  }

  private leave(share: Share): void {
    share.leave();
    if (share.isEmpty) this.shares.delete(share.name);
  }
}
