import { afterRunningTime } from './running-time.ts';

/**
 * No permit was free, and the caller could not wait for one: too many were waiting already, or the wait took too
 * long.
 */
export class SemaphoreRefusal extends Error {
  override readonly name = 'SemaphoreRefusal';
  readonly reason: 'queue-full' | 'timeout';
  /** how many callers wait for each one that holds a permit: so many rounds it takes until all of them have had their turn */
  readonly rounds: number;
  /** the caller's share at the first step of its path held no permit: others have them all */
  readonly isOfOthers: boolean;

  constructor(reason: SemaphoreRefusal['reason'], rounds: number, isOfOthers: boolean) {
    super(`no permit: ${reason}`);
    this.reason = reason;
    this.rounds = rounds;
    this.isOfOthers = isOfOthers;
  }
}

/** The limits of everybody together, or of each share at one step of a path. */
interface Level {
  /** how many callers may hold a permit at the same time */
  permits: number;
  /**
   * how many callers may wait for a permit. When one more comes, a caller is refused at once: the newest one of the part with
   * the most waiters, or the one that came
   */
  queue: number;
}

interface Limits {
  /** of everybody, then of each share at the first step of a path, and so on */
  levels: readonly [Level, ...Level[]];
  /** how long a caller waits, while this process runs; absent: until a permit is free */
  waitMs?: number;
}

interface Waiter {
  grant(): void;
  /** Another caller needs the place. */
  refuse(): void;
}

/** Callers whose paths begin with the same steps. */
class Share {
  readonly level: Level;
  /** A share without parts has waiters of its own. */
  readonly queue: Waiter[] = [];
  readonly parts = new Map<string, Share>();
  held = 0;
  waiting = 0;
  /** when it had its last turn, or came */
  turn: number;

  constructor(level: Level, turn: number) {
    this.level = level;
    this.turn = turn;
  }
}

const hasRoom = ({ held, level }: Share): boolean => held < level.permits;
const isIdle = ({ held, waiting }: Share): boolean => held === 0 && waiting === 0;

/** Is there a waiter for whom there is room in all its shares from this one on? */
const canTake = (share: Share): boolean =>
  share.waiting > 0 && hasRoom(share) && (share.queue.length > 0 || [...share.parts.values()].some(canTake));

/** Whoever holds the least comes first, and of two that hold as much, whoever has had no turn for longer. */
const isBefore = (one: Share, other: Share): boolean =>
  one.held < other.held || (one.held === other.held && one.turn < other.turn);

/** @returns the waiter whose turn it is */
function nextIn(share: Share): Waiter | undefined {
  if (share.queue.length > 0) return share.queue[0];
  let next: Share | undefined;
  for (const part of share.parts.values()) if (canTake(part) && (!next || isBefore(part, next))) next = part;
  return next && nextIn(next);
}

/** @returns of the part with the most waiters the caller that came last */
function newestOfMost(share: Share): Waiter | undefined {
  let most: Share | undefined;
  for (const part of share.parts.values()) if (!most || part.waiting > most.waiting) most = part;
  return most ? newestOfMost(most) : share.queue.at(-1);
}

/**
 * @param own the caller's part of a share whose queue is full
 * @returns who has to leave for the caller: somebody of a part that has more waiters even then; undefined: the caller itself
 */
function whoLeaves(full: Share, own: Share | undefined): Waiter | undefined {
  if (!own) return undefined;
  const hasMore = [...full.parts.values()].some(({ waiting }) => waiting > own.waiting + 1);
  return hasMore ? newestOfMost(full) : undefined;
}

/**
 * Limits concurrent work, of everybody together and of each share. A path says to which share a caller belongs, such as its
 * plan and its grant. A permit that becomes free goes to the share that holds the fewest. So a share that holds none gets the
 * next one, however many callers of other shares wait; of several that hold none, the one whose last turn is longest ago.
 * A share that is alone gets all permits that its level allows.
 */
export class FairSemaphore {
  private readonly limits: Limits;
  private readonly all: Share;
  private turns = 0;

  constructor(limits: Limits) {
    this.limits = limits;
    this.all = new Share(limits.levels[0], 0);
  }

  /**
   * @param path one step for each level below the first
   * @returns when a permit is granted, what gives it back; called again, it does nothing
   * @throws SemaphoreRefusal
   */
  async acquire(path: readonly string[]): Promise<() => void> {
    const shares = this.sharesOf(path);
    if (shares.every(hasRoom)) return this.take(path, shares);
    if (!makeRoom(shares)) {
      this.forgetIdle(path, shares);
      throw refusal('queue-full', shares);
    }
    return this.wait(path, shares);
  }

  /** Runs `work` with a permit. @throws SemaphoreRefusal, or the error of `work` */
  async run<Result>(path: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const release = await this.acquire(path);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Is no permit in use, and does no caller wait? */
  get isIdle(): boolean {
    return isIdle(this.all);
  }

  /** how many callers wait for a permit */
  get waiting(): number {
    return this.all.waiting;
  }

  private wait(path: readonly string[], shares: readonly Share[]): Promise<() => void> {
    const { waitMs } = this.limits;
    const queue = shares.at(-1)?.queue ?? [];
    for (const share of shares) share.waiting += 1;
    const leave = (waiter: Waiter) => {
      queue.splice(queue.indexOf(waiter), 1);
      for (const share of shares) share.waiting -= 1;
    };
    return new Promise((resolve, reject) => {
      const giveUp = (reason: SemaphoreRefusal['reason']) => {
        const error = refusal(reason, shares);
        stopWaiting?.();
        leave(waiter);
        this.forgetIdle(path, shares);
        reject(error);
      };
      const stopWaiting =
        waitMs === undefined ? undefined : afterRunningTime(waitMs, () => giveUp('timeout'));
      const waiter: Waiter = {
        refuse: () => giveUp('queue-full'),
        grant: () => {
          stopWaiting?.();
          leave(waiter);
          resolve(this.take(path, shares));
        },
      };
      queue.push(waiter);
    });
  }

  private take(path: readonly string[], shares: readonly Share[]): () => void {
    this.turns += 1;
    for (const share of shares) {
      share.held += 1;
      share.turn = this.turns;
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      for (const share of shares) share.held -= 1;
      this.forgetIdle(path, shares);
      if (canTake(this.all)) nextIn(this.all)?.grant();
    };
  }

  /** @returns everybody's share, then one for each step */
  private sharesOf(path: readonly string[]): Share[] {
    const shares = [this.all];
    for (const [at, name] of path.entries()) {
      const level = this.limits.levels[at + 1];
      const parts = shares[at]?.parts;
      if (!level || !parts) throw new Error('a path is longer than the levels');
      let share = parts.get(name);
      if (!share) parts.set(name, (share = new Share(level, (this.turns += 1))));
      shares.push(share);
    }
    return shares;
  }

  private forgetIdle(path: readonly string[], shares: readonly Share[]): void {
    for (let at = path.length; at > 0; at -= 1) {
      const share = shares[at];
      if (share && isIdle(share)) shares[at - 1]?.parts.delete(path[at - 1] ?? '');
    }
  }
}

/** @param shares of a caller that has to wait @returns whether there is a place in each queue, perhaps for another's one */
function makeRoom(shares: readonly Share[]): boolean {
  // From the caller's own queue upwards: a caller that finds no place in it must not make others leave.
  for (let at = shares.length - 1; at >= 0; at -= 1) {
    const share = shares[at];
    if (!share || share.waiting < share.level.queue) continue;
    const leaver = whoLeaves(share, shares[at + 1]);
    if (!leaver) return false;
    leaver.refuse();
  }
  return true;
}

function refusal(reason: SemaphoreRefusal['reason'], shares: readonly Share[]): SemaphoreRefusal {
  const rounds = shares.map(({ waiting, held }) => waiting / Math.max(1, held));
  return new SemaphoreRefusal(reason, Math.max(...rounds), shares[1]?.held === 0);
}
