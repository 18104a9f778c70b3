/** The definitions of guides that this product ships. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { PackageResource } from '@patient-access/fhir';
import { listedSystems } from './listed-systems.ts';
import { NO_PLAN_CODES, type PlanCodes } from './plan-codes.ts';

export interface ShippedFile {
  packages: readonly { name: string; licence: string }[];
  resources: readonly PackageResource[];
}

export const fileOf = (name: string): string => join(import.meta.dirname, 'data', `${name}.json.br`);

export const unpacked = (bytes: Buffer): ShippedFile =>
  JSON.parse(brotliDecompressSync(bytes).toString('utf8')) as ShippedFile;

/**
 * @param name of a file in `data`
 * @param planCodes which exist, although no shipped table has them
 * @returns also the code systems that the guides bind to and a table of displays lists
 */
export function shippedDefinitions(name: string, planCodes: PlanCodes = NO_PLAN_CODES): ShippedFile {
  const { packages, resources } = unpacked(readFileSync(fileOf(name)));
  return { packages, resources: [...resources, ...listedSystems(planCodes)] };
}
