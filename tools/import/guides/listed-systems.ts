/** Code systems that the packages of the guides do not list, and a shipped table does. */
import type { PackageResource } from '@patient-access/fhir';
import { packedTable } from '../displays/shipped.ts';
import { SHIPPED } from '../displays/tables.ts';
import type { PlanCodes } from './plan-codes.ts';

function* codesOf(system: string, file: string, planCodes: PlanCodes): Generator<string> {
  yield* packedTable(file).codes();
  const beginning = `${system}|`;
  for (const key of planCodes) if (key.startsWith(beginning)) yield key.slice(beginning.length);
}

/**
 * @param planCodes which exist too
 * @returns the systems whose table has every code
 */
export const listedSystems = (planCodes: PlanCodes): PackageResource[] =>
  SHIPPED.flatMap(({ file, system, isComplete }) => {
    if (!isComplete || system === undefined) return [];
    const concept = [...codesOf(system, file, planCodes)].map((code) => ({ code }));
    return [{ resourceType: 'CodeSystem', url: system, content: 'complete', concept }];
  });
