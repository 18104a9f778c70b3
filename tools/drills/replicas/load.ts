/** What members and their apps do while services are replaced: nothing of it may fail. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import type { PreviewTenant } from '@patient-access/preview';
import { MemberApp } from '../member-app.ts';

const PATHS = ['Patient', 'Condition', 'ExplanationOfBenefit?_count=10', 'Coverage', 'AuditEvent?_count=5'];
const BETWEEN_MS = 50;
const BETWEEN_LOGINS_MS = 2_000;
const IN_TRAIL_MS = 120_000;
/** characters of an answer that nobody expected */
const SHOWN = 200;

/** Something that a member wanted, and did not get. */
export interface Failure {
  at: Date;
  what: keyof SteadyLoad['counts'];
  why: string;
  /** of the request that was refused, where it is known */
  requestId: string | undefined;
}

/** An answer to a search that has no data. */
class Refusal extends Error {
  readonly requestId: string;

  constructor(message: string, requestId: string) {
    super(message);
    this.requestId = requestId;
  }
}

/** @throws Error when an answer to a search is not what the member may expect */
type Judge = (path: string, answer: string) => void;

export class SteadyLoad {
  readonly failures: Failure[] = [];
  readonly counts = { reads: 0, logins: 0, refreshes: 0 };
  private readonly plan: PreviewTenant;
  private readonly app: MemberApp;
  private readonly judge: Judge;
  private readonly running: Promise<unknown>;
  private goesOn = true;

  /** @param judge looks at each answer with data */
  static async start(plan: PreviewTenant, judge: Judge = () => undefined): Promise<SteadyLoad> {
    return new SteadyLoad(plan, await MemberApp.connect(plan, 'ordinary'), judge);
  }

  private constructor(plan: PreviewTenant, app: MemberApp, judge: Judge) {
    this.plan = plan;
    this.app = app;
    this.judge = judge;
    this.running = Promise.all([...PATHS.map((path) => this.read(path)), this.logIn(), this.refresh()]);
  }

  /** How much members and apps have asked for until now, of any kind. */
  get requests(): number {
    const { reads, logins, refreshes } = this.counts;
    return reads + logins + refreshes;
  }

  /** Ends it. @returns what of its reads is not in the member's trail; undefined: all are */
  async end(): Promise<string | undefined> {
    this.goesOn = false;
    await this.running;
    await this.app.refresh();
    const ids = this.app.requestIds;
    let missing: string | undefined;
    // The trail is read in many pages, and one that is refused says nothing about what is in it.
    const all = async () => {
      const found = await this.app.inTrail(ids).catch((error: unknown) => String(error));
      missing = typeof found === 'string' ? found : `${ids.length - found} are missing`;
      return found === ids.length;
    };
    const isWhole = await waitUntil(all, { withinMs: IN_TRAIL_MS }).catch(() => false);
    return isWhole ? undefined : missing;
  }

  private async read(path: string): Promise<void> {
    await this.repeat('reads', BETWEEN_MS, async () => {
      const { status, text, requestId } = await this.app.search(path);
      if (status !== 200) throw new Refusal(`${path}: ${status} ${outcomeIn(text)}`, requestId);
      this.judge(path, text);
    });
  }

  /** A member connects an app: registration, login, consent, and a first read. */
  private async logIn(): Promise<void> {
    await this.repeat('logins', BETWEEN_LOGINS_MS, async () => {
      const app = await MemberApp.connect(this.plan, 'many');
      const status = await app.read();
      if (status !== 200) throw new Error(`the first read: ${status}`);
    });
  }

  private async refresh(): Promise<void> {
    await this.repeat('refreshes', BETWEEN_LOGINS_MS, () => this.app.renew());
  }

  private async repeat(
    what: keyof SteadyLoad['counts'],
    pauseMs: number,
    once: () => Promise<void>,
  ): Promise<void> {
    while (this.goesOn) {
      this.counts[what] += 1;
      await once().catch(async (error: unknown) => {
        const requestId = error instanceof Refusal ? error.requestId : undefined;
        this.failures.push({ at: new Date(), what, why: await reasonOf(error), requestId });
      });
      await delay(pauseMs);
    }
  }
}

/** What an answer without data is: `OperationOutcome transient`. */
function outcomeIn(text: string): string {
  const { resourceType, issue } = JSON.parse(text) as { resourceType?: string; issue?: { code: string }[] };
  return `${resourceType} ${issue?.map(({ code }) => code).join(' ')}`;
}

/** openid-client puts status and error of the server beside its own message, or the whole answer into the cause. */
async function reasonOf(error: unknown): Promise<string> {
  const { message, cause, status, error: code } = error as Error & { status?: number; error?: string };
  if (status !== undefined) return `${status} ${code}`;
  if (cause instanceof Response) {
    const text = cause.bodyUsed ? '' : await cause.text().catch(() => '');
    return `${message}: ${cause.status} ${text.slice(0, SHOWN)}`;
  }
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** One line about a failure. */
export const inWords = ({ at, what, why }: Failure): string => `${at.toISOString()} ${what}: ${why}`;
