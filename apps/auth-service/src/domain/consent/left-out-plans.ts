/** After the first refusal. Each further one doubles it. */
const FIRST_REST_MS = 2_000;
/** Much longer than the seconds after which a plan that does not answer counts as refused. */
const LONGEST_REST_MS = 30_000;

interface LeftOut {
  restMs: number;
  /** on the clock of `performance.now()` */
  until: number;
}

/**
 * Plans that the next turns leave out: those whose consents are on their way, and those whose consents were refused. A refused
 * one comes again when its own time is over, whatever happens to others. The rows say nothing of it: they stay due.
 */
export class LeftOutPlans {
  private readonly plans = new Map<string, LeftOut>();

  /** @returns which to leave out now */
  now(): string[] {
    const now = performance.now();
    return [...this.plans].filter(([, { until }]) => until > now).map(([plan]) => plan);
  }

  /** Its consents are on their way, until one of the other two is called. */
  sent(plan: string): void {
    this.plans.set(plan, { restMs: this.plans.get(plan)?.restMs ?? 0, until: Infinity });
  }

  accepted(plan: string): void {
    this.plans.delete(plan);
  }

  refused(plan: string): void {
    const before = this.plans.get(plan)?.restMs ?? 0;
    const restMs = Math.min(Math.max(before * 2, FIRST_REST_MS), LONGEST_REST_MS);
    this.plans.set(plan, { restMs, until: performance.now() + restMs });
  }
}
