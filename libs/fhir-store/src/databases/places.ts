import { planOf } from '@patient-access/fhir';
import { FIRST_DATABASE } from './setting.ts';
import { bothKeepIt, type Whereabouts } from './whereabouts.ts';

/** What a database says of all plans that ever moved. A few rows, so a probe can read them. */
export const PLANS_SAID = 'SELECT plan, moved_to, paused FROM plan_database';
export type PlanSaid = { plan: string } & NonNullable<Whereabouts>;

/** Where a plan is of which two databases say that they have it: one of them came from a backup. */
export const DISPUTED = '(several)';

/** @returns the plans of which both databases say that they have them */
export function disputedPlans(first: readonly PlanSaid[], further: readonly PlanSaid[]): string[] {
  const said = new Map(first.map((each) => [each.plan, each]));
  return further.filter((each) => bothKeepIt(said.get(each.plan), each)).map(({ plan }) => plan);
}

/** In which database each plan was when somebody last looked: where to ask first. */
export class Places {
  private known: ReadonlyMap<string, string> = new Map();
  private disputed: ReadonlySet<string> = new Set();

  of(tenant: string): string {
    const plan = planOf(tenant);
    return this.disputed.has(plan) ? DISPUTED : (this.known.get(plan) ?? FIRST_DATABASE);
  }

  note(tenant: string, name: string): void {
    if (this.of(tenant) !== name) this.known = new Map([...this.known, [planOf(tenant), name]]);
  }

  /** Takes over what the first database says of all plans. */
  learn(said: readonly PlanSaid[]): void {
    this.known = new Map(
      said.flatMap(({ plan, moved_to: name }): [string, string][] => (name === null ? [] : [[plan, name]])),
    );
  }

  /** Refuses these plans from now on, and no others. */
  dispute(plans: readonly string[]): void {
    this.disputed = new Set(plans);
  }
}
