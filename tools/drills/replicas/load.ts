/** What members and their apps do while services are replaced: nothing of it may fail. */
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import type { PreviewTenant } from '@patient-access/preview';
import { MemberApp } from '../member-app.ts';

const PATHS = ['Patient', 'Condition', 'ExplanationOfBenefit?_count=10', 'Coverage', 'AuditEvent?_count=5'];
const BETWEEN_MS = 50;
const BETWEEN_LOGINS_MS = 2_000;
const IN_TRAIL_MS = 120_000;

export class SteadyLoad {
  /** in words, one for each */
  readonly failures: string[] = [];
  readonly counts = { reads: 0, logins: 0, refreshes: 0 };
  private readonly plan: PreviewTenant;
  private readonly app: MemberApp;
  private readonly running: Promise<unknown>;
  private goesOn = true;

  static async start(plan: PreviewTenant): Promise<SteadyLoad> {
    return new SteadyLoad(plan, await MemberApp.connect(plan, 'ordinary'));
  }

  private constructor(plan: PreviewTenant, app: MemberApp) {
    this.plan = plan;
    this.app = app;
    this.running = Promise.all([...PATHS.map((path) => this.read(path)), this.logIn(), this.refresh()]);
  }

  /** Ends it. @returns how many of its reads the member's trail does not have */
  async end(): Promise<number> {
    this.goesOn = false;
    await this.running;
    await this.app.refresh();
    const ids = this.app.requestIds;
    let missing = ids.length;
    const all = async () => (missing = ids.length - (await this.app.inTrail(ids))) === 0;
    await waitUntil(all, { withinMs: IN_TRAIL_MS }).catch(() => undefined);
    return missing;
  }

  private async read(path: string): Promise<void> {
    await this.repeat('reads', BETWEEN_MS, async () => {
      const status = await this.app.read(path);
      if (status !== 200) throw new Error(`${path}: ${status}`);
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
    await this.repeat('refreshes', BETWEEN_LOGINS_MS, async () => {
      if (!(await this.app.refresh())) throw new Error('the app gets no token');
    });
  }

  private async repeat(
    what: keyof SteadyLoad['counts'],
    pauseMs: number,
    once: () => Promise<void>,
  ): Promise<void> {
    while (this.goesOn) {
      this.counts[what] += 1;
      await once().catch((error: unknown) => this.fail(what, error));
      await delay(pauseMs);
    }
  }

  private fail(what: string, error: unknown): void {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
    this.failures.push(`${new Date().toISOString()} ${what}: ${why}`);
  }
}
