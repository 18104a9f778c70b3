/** Holds what a plan serves against every rule, and shows that every rule can fail. */
import { resourceName } from '../conformance/supported.ts';
import { type PlanRecords, withChanged } from './plan-records.ts';
import type { ClaimRule } from './rule.ts';
import { AMOUNT_RULES } from './rules/amounts.ts';
import { AUTHORIZATION_RULES } from './rules/authorizations.ts';
import { CODE_RULES } from './rules/codes.ts';
import { COVERAGE_RULES } from './rules/coverage.ts';
import { DECISION_RULES } from './rules/decisions.ts';
import { LIMIT_RULES } from './rules/limits.ts';
import { OTHER_INSURANCE_RULES } from './rules/other-insurance.ts';
import { PEOPLE_RULES } from './rules/people.ts';
import { STATE_RULES } from './rules/states.ts';

export const CLAIM_RULES: readonly ClaimRule[] = [
  ...AMOUNT_RULES,
  ...COVERAGE_RULES,
  ...LIMIT_RULES,
  ...OTHER_INSURANCE_RULES,
  ...CODE_RULES,
  ...PEOPLE_RULES,
  ...DECISION_RULES,
  ...STATE_RULES,
  ...AUTHORIZATION_RULES,
];

/** @returns what contradicts each rule */
export const contradictions = (plan: PlanRecords): string[] =>
  CLAIM_RULES.flatMap((rule) => rule.contradictions(plan).map((found) => `${rule.name}: ${found}`));

/** @returns each rule that does not find the fault which was planted for it, or for which nothing can be planted */
export function blindRules(plan: PlanRecords): string[] {
  return CLAIM_RULES.flatMap((rule) => {
    const { of = 'claims', in: fits = () => true, plant } = rule.fault;
    const place = plan[of].find((claim) => claim.status === 'active' && fits(claim, plan));
    if (!place) return [`${rule.name}: there is no claim in which a fault could be planted`];
    const changed = plant(structuredClone(place), plan);
    const before = rule.contradictions(plan).length;
    return rule.contradictions(withChanged(plan, changed)).length > before
      ? []
      : [`${rule.name}: a fault in ${resourceName(place)} was not found`];
  });
}
