/** Codes that a plan loaded with its own displays, and that no shipped table has: they exist, whatever the tables say. */
import { planOf } from '@patient-access/fhir';
import { codesWithPlanDisplay } from '@patient-access/fhir-store/ingest';
import { packedTable } from '../displays/shipped.ts';
import { SHIPPED } from '../displays/tables.ts';
import type { Stores } from '../store/input.ts';

/** `system|code`, as tables write them. */
export type PlanCodes = ReadonlySet<string>;

export const NO_PLAN_CODES: PlanCodes = new Set();

/** The tables by which codes are judged; of other systems nobody asks which codes exist. */
const JUDGING = new Map(
  SHIPPED.flatMap(({ file, system, isComplete, missing }) =>
    system !== undefined && (isComplete || missing?.complete) ? [[system, file]] : [],
  ),
);

/**
 * Each owner has the plan's displays. A command that sets them may have been stopped in between, so what one has counts.
 *
 * @param tenant a plan, or what it publishes
 */
export async function codesOfPlan(stores: Stores, tenant: string): Promise<PlanCodes> {
  const found = new Set<string>();
  for (const pool of stores.values())
    for (const { system, code } of await codesWithPlanDisplay(pool, planOf(tenant), [...JUDGING.keys()])) {
      const file = JUDGING.get(system);
      if (file !== undefined && packedTable(file).find(code) === undefined) found.add(`${system}|${code}`);
    }
  return found;
}
