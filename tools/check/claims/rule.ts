import { resourceName, type Served } from '../conformance/supported.ts';
import { type Claim } from './claim.ts';
import type { PlanRecords } from './plan-records.ts';

/** One thing that an expert in claims looks at. */
export interface ClaimRule {
  name: string;
  /** @returns what contradicts the rule, each with the name of a resource */
  contradictions: (plan: PlanRecords) => string[];
  /** A fault that the rule has to find: it shows that the rule can fail. */
  fault: {
    /** left out: in a claim */
    of?: 'authorizations';
    /** in which of them it can be planted */
    in?: (claim: Claim, plan: PlanRecords) => boolean;
    /** @param claim a copy, to be changed @returns each resource that the fault changes */
    plant: (claim: Claim, plan: PlanRecords) => Served[];
  };
}

/** @param problem what is wrong with one claim; nothing: it is right */
export const ofEachClaim =
  (problem: (claim: Claim, plan: PlanRecords) => string | false | undefined) =>
  (plan: PlanRecords): string[] =>
    plan.claims.flatMap((claim) => {
      const found = problem(claim, plan);
      return found ? [`${resourceName(claim)} of ${claim.billablePeriod.start}: ${found}`] : [];
    });
