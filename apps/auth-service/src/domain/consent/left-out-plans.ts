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
 * Plans that the next turns leave out: those whose consents were sent and have no answer yet, and those whose consents were
 * refused. A refused plan is tried again after its own pause, whatever happens to other plans. Only this process knows the
 * pause: in the database the consents stay due.
 */
export class LeftOutPlans {
  private readonly plans = new Map<string, LeftOut>();

  /** @returns which to leave out now */
  now(): string[] {
    const now = performance.now();
    return [...this.plans].filter(([, { until }]) => until > now).map(([plan]) => plan);
  }

  /** Its consents were sent. The plan is left out until `accepted` or `refused` is called. */
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
