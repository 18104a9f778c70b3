import { resourceName, type Served } from '../conformance/supported.ts';
import { type Claim } from './claim.ts';
import type { PlanRecords } from './plan-records.ts';

/** A fault that a rule has to find. It is planted in several of the claims in which it can be. */
export interface PlantedFault {
  what: string;
  /** left out: in a claim */
  of?: 'authorizations';
  /** in which of them it can be planted */
  in?: (claim: Claim, plan: PlanRecords) => boolean;
  /** On some days, such as the first of a year, no claim is like that. A test shows that one is on an ordinary day. */
  notEveryDay?: true;
  /** @param claim a copy, to be changed @returns each resource that the fault changes */
  plant: (claim: Claim, plan: PlanRecords) => Served[];
}

/** One thing that an expert in claims looks at. */
export interface ClaimRule {
  name: string;
  /** @returns what contradicts the rule, each with the name of a resource */
  contradictions: (plan: PlanRecords) => string[];
  /** They show that the rule can fail, and in more than one way. */
  faults: readonly [PlantedFault, PlantedFault, ...PlantedFault[]];
}

/** @param problem what is wrong with one claim; nothing: it is right */
export const ofEachClaim =
  (problem: (claim: Claim, plan: PlanRecords) => string | false | undefined) =>
  (plan: PlanRecords): string[] =>
    plan.claims.flatMap((claim) => {
      const found = problem(claim, plan);
      return found ? [`${resourceName(claim)} of ${claim.billablePeriod.start}: ${found}`] : [];
    });
