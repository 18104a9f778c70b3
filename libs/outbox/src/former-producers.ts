/**
 * What became of the events of producers that this process was before (recorder.ts). A gap is seen when a later number of the
 * same producer arrives, and of these no later one comes. So if a database was put back meanwhile, to a standby that lagged or
 * to a backup, nobody else would notice that it lacks their last events.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SequenceRange } from '@patient-access/events';
import type { Moved } from './delivery.ts';
import { rangesOf, rangesWithout } from './ranges.ts';
import type { Route } from './route.ts';
import { readSequences } from './rows.ts';

/** By then what this process has sent under its former name has arrived. */
const SETTLE_MS = 30_000;
/** The longest pause between two questions of which the second found nothing new: what is lost may be lost for good. */
const LONGEST_PAUSE_MS = 3_600_000;
/** The most sequence numbers in one question to the audit store. */
const WINDOW = 5_000;

/** What the store lacks of a window. */
interface Lack {
  /** from the first number that it lacks to the last one */
  window: SequenceRange;
  /** numbers that are not in the outbox either */
  lost: readonly SequenceRange[];
}

interface Former {
  producer: string;
  /** the last number of which the commit is known */
  last: number;
  /** `performance.now()` */
  askAt: number;
  pauseMs: number;
  /** in ascending order; undefined: nobody has asked yet */
  lacks?: readonly Lack[];
}

const lostOf = (lacks: readonly Lack[] = []) => lacks.flatMap(({ lost }) => lost);
const countOf = (ranges: readonly SequenceRange[]) =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** Asks until the store has all their events: what is lost may come again, from Kafka or from a restore. */
export class FormerProducers {
  onLost: (producer: string, lost: readonly SequenceRange[]) => void = () => undefined;
  /** Whether this process has events of a producer in memory, and sends them: they may be nowhere else, and are not lost. */
  hasInMemory: (producer: string) => boolean = () => false;
  private readonly route: Route;
  private readonly moved: Moved;
  private formers: readonly Former[] = [];
  private readonly stopping: AbortSignal;

  /** @param stopping when it is aborted, nothing more is asked */
  constructor(route: Route, moved: Moved, stopping: AbortSignal) {
    this.route = route;
    this.moved = moved;
    this.stopping = stopping;
  }

  /** Whether there is one of which nobody has asked yet. */
  get isNew(): boolean {
    return this.formers.some(({ lacks }) => lacks === undefined);
  }

  add(producer: string, last: number): void {
    const pauseMs = this.settleMs;
    this.formers = [...this.formers, { producer, last, pauseMs, askAt: performance.now() + pauseMs }];
  }

  /** Asks about those whose time has come. What was stopped meanwhile says nothing. */
  async look(): Promise<void> {
    try {
      for (const former of this.formers) {
        if (this.hasInMemory(former.producer)) former.askAt = performance.now() + this.settleMs;
        if (former.askAt <= performance.now()) await this.ask(former);
      }
    } catch (error) {
      if (!this.stopping.aborted) throw error;
    }
  }

  private get settleMs(): number {
    return this.route.resendAfterMs ?? SETTLE_MS;
  }

  private async ask(former: Former): Promise<void> {
    former.askAt = performance.now() + former.pauseMs;
    const { lacks: before, producer } = former;
    const lacks = before ? await this.againIn(producer, before) : await this.firstIn(former);
    former.lacks = lacks;
    former.pauseMs = isDeepStrictEqual(lacks, before)
      ? Math.min(former.pauseMs * 2, LONGEST_PAUSE_MS)
      : this.settleMs;
    former.askAt = performance.now() + former.pauseMs;
    if (lacks.length === 0) this.formers = this.formers.filter((each) => each !== former);
    this.moved.lost = this.formers.reduce((sum, each) => sum + countOf(lostOf(each.lacks)), 0);
    const lost = lostOf(lacks);
    if (countOf(lost) > countOf(lostOf(before))) this.onLost(producer, lost);
  }

  /** Looks from the last number back, to a window of which the store has all: a database that was put back lacks the newest. */
  private async firstIn({ producer, last }: Former): Promise<Lack[]> {
    const lacks: Lack[] = [];
    for (let to = last; to > 0; to -= WINDOW) {
      const lack = await this.lackIn(producer, [Math.max(1, to - WINDOW + 1), to]);
      if (!lack) break;
      lacks.unshift(lack);
    }
    return lacks;
  }

  /** Looks only where the store lacked something. */
  private async againIn(producer: string, before: readonly Lack[]): Promise<Lack[]> {
    const lacks: Lack[] = [];
    for (const { window } of before) {
      const lack = await this.lackIn(producer, window);
      if (lack) lacks.push(lack);
    }
    return lacks;
  }

  /** @returns undefined when the store has the whole window */
  private async lackIn(producer: string, asked: SequenceRange): Promise<Lack | undefined> {
    const missing = await this.missing(producer, asked);
    const [first, last] = [missing.at(0)?.[0], missing.at(-1)?.[1]];
    if (first === undefined || last === undefined) return undefined;
    const window: SequenceRange = [first, last];
    return { window, lost: await this.lostIn(producer, window, missing) };
  }

  /** A row goes when the store has its event. So the store is asked once more about what had no row. */
  private async lostIn(producer: string, window: SequenceRange, missing: readonly SequenceRange[]) {
    const rows = rangesOf(await readSequences(this.route.pool, producer, window));
    const absent = missing.flatMap((range) => rangesWithout(range, rows));
    if (absent.length === 0) return [];
    const stored = rangesWithout(window, await this.missing(producer, window));
    return absent.flatMap((range) => rangesWithout(range, stored));
  }

  private async missing(producer: string, window: SequenceRange): Promise<SequenceRange[]> {
    this.stopping.throwIfAborted();
    const { store, signer } = this.route;
    return store.missing(`${signer.service}/${producer}`, window);
  }
}
