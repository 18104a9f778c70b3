import { setTimeout as delay } from 'node:timers/promises';
import { partsWithin } from '@patient-access/concurrency';
import {
  type AttemptCaller,
  type AttemptReport,
  MAX_ATTEMPT_REQUEST_CHARACTERS,
  NO_PLAN,
} from '@patient-access/events';

/** The most bytes of one delivery, so that it fits into a request body. */
const MAX_DELIVERY_BYTES = 48 * 1024;
/**
 * A flood must fill neither the memory nor the disk. Beyond this number of counts in a period, addresses and callers are
 * counted together, beyond twice the number plans too, and beyond three times what was asked for: of an ended token that is
 * the path as it was sent. Reason and outcome are kept: they come from the code of the service, so a flood cannot make more
 * of them.
 */
const MAX_COUNTS = 1_000;
const OTHERS = 'other';
/** Events of their own for one caller in a minute. Beyond it the caller's attempts are counted. */
const OWN_EVENTS = 30;
/** Events of their own in memory, with those whose delivery is under way: each stays until it is delivered. */
const MAX_WAITING = 5_000;
const SOON_MS = 1_000;
const MINUTE_MS = 60_000;
/** A server says that it is closed shortly before its last connections say so, and with them the requests that broke off. */
const LAST_MS = 50;

/** One request that has to get into the trail. */
export interface Unrecorded {
  tenant: string;
  requestId: string;
  address: string;
  reason: string;
  outcome: AttemptReport['outcome'];
  /** method and route */
  request: string;
  caller?: AttemptCaller;
  /** the request names the caller, and nothing proves it */
  isClaimed?: boolean;
}

/** Resolves when the reports are durable, or on their way to where they will be. */
export type DeliverReports = (reports: AttemptReport[]) => Promise<void>;

/** A delivery is a list of reports, with something between them. */
const bytesOf = (report: AttemptReport): number => Buffer.byteLength(JSON.stringify(report)) + 1;

const MAX_ADDRESS_CHARACTERS = 64;
const MAX_REASON_CHARACTERS = 64;

const nameOf = ({ client, user, grantId }: AttemptCaller = {}): string =>
  [client?.id, user?.sub, grantId].join(' ');

/**
 * Takes requests that left no event, and has them recorded: a refusal of a known caller, and an answer that broke off,
 * by an event of its own; everything else counted by plan, address and reason (security case A16).
 */
export class AttemptCounter {
  private readonly deliver: DeliverReports;
  private readonly onFailure: (error: unknown) => void;
  private readonly timer: NodeJS.Timeout;
  private soon: NodeJS.Timeout | undefined;
  private counts = new Map<string, AttemptReport>();
  private waiting: AttemptReport[] = [];
  /** of those that wait, and those whose delivery is under way */
  private undelivered = 0;
  private minute = 0;
  private own = new Map<string, number>();
  private stopped = false;
  /** whether something has come since it was set to false */
  private hasNew = false;
  /** ends with the deliveries that are under way */
  private underWay: Promise<void> = Promise.resolve();

  /** @param seconds after which counts are delivered; events of their own are delivered within a second */
  constructor(deliver: DeliverReports, seconds: number, onFailure: (error: unknown) => void) {
    this.deliver = deliver;
    this.onFailure = onFailure;
    this.timer = setInterval(() => void this.flush(), seconds * 1000).unref();
  }

  /** The request was refused, or failed. A failure of ours is counted, because each request then fails. */
  refuse(refused: Unrecorded): void {
    const { caller, isClaimed, outcome } = refused;
    if (caller && !isClaimed && outcome !== '12' && this.mayHaveOwn(caller)) this.wait(refused);
    else this.count(refused);
  }

  /** Counts the request with those like it, whoever sent it and however it ended. */
  sum(one: Unrecorded): void {
    this.count(one);
  }

  /** The answer broke off. */
  interrupt(broken: Unrecorded): void {
    if (broken.caller && !broken.isClaimed) this.wait(broken, true);
    else this.count(broken);
  }

  /** Delivers what there is. Reports that cannot be delivered are kept, and later attempts are added to their counts. */
  async flush(): Promise<void> {
    const counted = [...this.counts.values()];
    this.counts = new Map();
    // Together: where a delivery takes long, a stop may have the time for one.
    await Promise.all([
      this.deliverWaiting(),
      this.deliverAll(counted, (failed) => failed.forEach((report) => this.addWithin(report))),
    ]);
  }

  /**
   * Delivers what there is, and takes nothing more on time. It waits for what is being delivered already. What a handler without a
   * client has recorded meanwhile broke off: that is delivered too.
   */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.soon);
    await delay(LAST_MS);
    do {
      this.hasNew = false;
      await this.flush();
      await this.underWay;
    } while (this.hasNew);
  }

  private mayHaveOwn(caller: AttemptCaller): boolean {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== this.minute) this.own = new Map();
    this.minute = minute;
    const name = caller.client?.id ?? caller.user?.sub ?? '';
    const had = this.own.get(name) ?? 0;
    if (had >= OWN_EVENTS || (had === 0 && this.own.size >= MAX_COUNTS)) return false;
    this.own.set(name, had + 1);
    return true;
  }

  private wait(one: Unrecorded, interrupted?: true): void {
    this.hasNew = true;
    if (this.undelivered >= MAX_WAITING) return this.count(one);
    this.undelivered += 1;
    const { requestId, ...report } = reportOf(one);
    this.waiting.push({ ...report, requestId, ...(interrupted && { interrupted }) });
    if (this.stopped) return;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      void this.deliverWaiting();
    }, SOON_MS).unref();
  }

  private count(one: Unrecorded): void {
    this.hasNew = true;
    const { requestId: _, ...report } = reportOf(one);
    this.addWithin(report);
  }

  /** Adds a count to those that are like it, as many as there may be: also one that could not be delivered. */
  private addWithin(report: AttemptReport): void {
    const { size } = this.counts;
    if (size < MAX_COUNTS) return this.add(report);
    const { caller: _caller, ...rest } = report;
    const together = { ...rest, address: OTHERS };
    if (size < 2 * MAX_COUNTS) return this.add(together);
    const ofAll = { ...together, tenant: NO_PLAN };
    this.add(size < 3 * MAX_COUNTS ? ofAll : { ...ofAll, request: OTHERS });
  }

  private add(report: AttemptReport): void {
    const { tenant, address, reason, outcome, request, caller } = report;
    const key = [tenant, address, reason, outcome, request, nameOf(caller)].join('\n');
    const counted = this.counts.get(key);
    if (counted) counted.count += report.count;
    else this.counts.set(key, report);
  }

  private async deliverWaiting(): Promise<void> {
    const waiting = this.waiting.splice(0);
    let failed = 0;
    await this.deliverAll(waiting, (part) => {
      failed += part.length;
      this.waiting.unshift(...part);
    });
    this.undelivered -= waiting.length - failed;
  }

  private deliverAll(
    reports: readonly AttemptReport[],
    keep: (failed: AttemptReport[]) => void,
  ): Promise<void> {
    const delivered = this.deliverParts(reports, keep);
    this.underWay = Promise.all([this.underWay, delivered]).then(() => undefined);
    return delivered;
  }

  private async deliverParts(
    reports: readonly AttemptReport[],
    keep: (failed: AttemptReport[]) => void,
  ): Promise<void> {
    for (const part of partsWithin(reports, bytesOf, MAX_DELIVERY_BYTES)) {
      try {
        await this.deliver(part);
      } catch (error) {
        this.onFailure(error);
        keep(part);
      }
    }
  }
}

function reportOf(one: Unrecorded): AttemptReport {
  const { tenant, requestId, address, reason, outcome, request, caller } = one;
  return {
    tenant,
    requestId,
    address: address.slice(0, MAX_ADDRESS_CHARACTERS),
    reason: reason.slice(0, MAX_REASON_CHARACTERS).replaceAll(/[\s\p{Cc}]/gu, '-'),
    outcome,
    request: request.slice(0, MAX_ATTEMPT_REQUEST_CHARACTERS),
    count: 1,
    since: new Date().toISOString(),
    ...(caller && { caller }),
  };
}
