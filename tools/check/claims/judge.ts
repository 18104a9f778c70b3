/** Holds what a plan serves against every rule, and shows that every rule can fail. */
import { resourceName } from '../conformance/supported.ts';
import { type PlanRecords, withChanged } from './plan-records.ts';
import type { ClaimRule, PlantedFault } from './rule.ts';
import { AMOUNT_RULES } from './rules/amounts.ts';
import { AUTHORIZATION_RULES } from './rules/authorizations.ts';
import { CODE_RULES } from './rules/codes.ts';
import { COVERAGE_RULES } from './rules/coverage.ts';
import { DECISION_RULES } from './rules/decisions.ts';
import { LIMIT_RULES } from './rules/limits.ts';
import { MEDICINE_RULES } from './rules/medicines.ts';
import { OTHER_INSURANCE_RULES } from './rules/other-insurance.ts';
import { PEOPLE_RULES } from './rules/people.ts';
import { PROVIDER_RULES } from './rules/providers.ts';
import { STATE_RULES } from './rules/states.ts';
import { WITHOUT_AMOUNTS_RULES } from './rules/without-amounts.ts';
import { YEARLY_LIMIT_RULES } from './rules/yearly-limits.ts';

export const CLAIM_RULES: readonly ClaimRule[] = [
  ...AMOUNT_RULES,
  ...WITHOUT_AMOUNTS_RULES,
  ...COVERAGE_RULES,
  ...LIMIT_RULES,
  ...YEARLY_LIMIT_RULES,
  ...OTHER_INSURANCE_RULES,
  ...CODE_RULES,
  ...MEDICINE_RULES,
  ...PEOPLE_RULES,
  ...PROVIDER_RULES,
  ...DECISION_RULES,
  ...STATE_RULES,
  ...AUTHORIZATION_RULES,
];

/** @returns what contradicts each rule */
export const contradictions = (plan: PlanRecords): string[] =>
  CLAIM_RULES.flatMap((rule) => rule.contradictions(plan).map((found) => `${rule.name}: ${found}`));

/** The first of a list, the one in the middle and the last: each once. */
function spread<T>(all: readonly T[]): T[] {
  const places = new Set([0, Math.floor(all.length / 2), all.length - 1]);
  return [...places].flatMap((place) => all[place] ?? []);
}

/** @param before what contradicts the rule without it @returns where the fault was planted and not found */
function missedIn(
  plan: PlanRecords,
  rule: ClaimRule,
  fault: PlantedFault,
  before: ReadonlySet<string>,
): string[] {
  const { of = 'claims', in: fits = () => true, plant } = fault;
  const places = spread(plan[of].filter((claim) => claim.status === 'active' && fits(claim, plan)));
  if (places.length === 0) return fault.notEveryDay ? [] : ['there is no claim in which it could be planted'];
  return places.flatMap((place) => {
    const changed = withChanged(plan, plant(structuredClone(place), plan));
    const isFound = rule.contradictions(changed).some((each) => !before.has(each));
    return isFound ? [] : [`it was not found in ${resourceName(place)}`];
  });
}

/** @returns each rule that does not find a fault which was planted for it, or for which it can be planted nowhere */
export const blindRules = (plan: PlanRecords): string[] =>
  CLAIM_RULES.flatMap((rule) => {
    const before = new Set(rule.contradictions(plan));
    return rule.faults.flatMap((fault) =>
      missedIn(plan, rule, fault, before).map((problem) => `${rule.name}: ${fault.what}: ${problem}`),
    );
  });
