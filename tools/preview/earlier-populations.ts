/**
 * Which populations were loaded into the preview's databases. The population of another day has other dates, and some of
 * what an earlier one had is not in it: that is deleted, and nothing else, so what people imported themselves stays.
 */
import { join } from 'node:path';
import { population, type PopulationOptions } from '@patient-access/population';
import { readWhole, writeWhole } from './whole-file.ts';

/** Whose population it was is the same for all plans. */
export type Loaded = Required<Omit<PopulationOptions, 'tenant'>>;

const fileIn = (directory: string) => join(directory, 'populations.json');

/** @returns the populations of which something may be stored */
export async function earlierPopulations(directory: string): Promise<Loaded[]> {
  return ((await readWhole(fileIn(directory))) ?? []) as Loaded[];
}

/** Notes them before the load, so that one that breaks off leaves nothing behind for good; and after it, the one alone. */
export function notePopulations(directory: string, populations: readonly Loaded[]): Promise<void> {
  return writeWhole(fileIn(directory), JSON.stringify(populations));
}

interface Name {
  type: string;
  id: string;
}

/** @yields what the earlier populations of a plan had, and the present one has not */
export function* goneSince(tenant: string, earlier: readonly Loaded[], present: Loaded): Generator<Name> {
  const others = earlier.filter((each) => JSON.stringify(each) !== JSON.stringify(present));
  if (others.length === 0) return;
  const named = new Set<string>();
  for (const { resourceType, id } of population({ tenant, ...present })) named.add(`${resourceType}/${id}`);
  for (const other of others)
    for (const { resourceType: type, id } of population({ tenant, ...other })) {
      if (!named.has(`${type}/${id}`)) yield { type, id };
      named.add(`${type}/${id}`);
    }
}
