/** Code systems that the packages of the guides do not list, and a shipped table does. */
import type { PackageResource } from '@patient-access/fhir';
import { packedTable } from '../displays/shipped.ts';
import { SHIPPED } from '../displays/tables.ts';

/** @returns the systems whose table has every code */
export const listedSystems = (): PackageResource[] =>
  SHIPPED.flatMap(({ file, system, isComplete }) => {
    if (!isComplete || system === undefined) return [];
    const concept = [...packedTable(file).codes()].map((code) => ({ code }));
    return [{ resourceType: 'CodeSystem', url: system, content: 'complete', concept }];
  });
