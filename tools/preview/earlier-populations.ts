/**
 * Which populations were loaded into the preview's databases. The population of another day has other dates, and some of
 * what an earlier one had is not in it: that is deleted, and nothing else, so what people imported themselves stays.
 */
import { join } from 'node:path';
import { population, type PopulationOptions } from '@patient-access/population';
import { generatorHash } from './generator-hash.ts';
import { readWhole, writeWhole } from './whole-file.ts';

/** Whose population it was is the same for all plans. */
type Options = Required<Omit<PopulationOptions, 'tenant'>>;
export interface Loaded extends Options {
  /** hash of the generator with which these data began */
  begunBy?: string | undefined;
}

const fileIn = (directory: string) => join(directory, 'populations.json');

/** @returns the populations of which something may be stored */
export async function earlierPopulations(directory: string): Promise<Loaded[]> {
  return ((await readWhole(fileIn(directory))) ?? []) as Loaded[];
}

/** Notes them before the load, so that one that breaks off leaves nothing behind for good; and after it, the one alone. */
export function notePopulations(directory: string, populations: readonly Loaded[]): Promise<void> {
  return writeWhole(fileIn(directory), JSON.stringify(populations));
}

/**
 * Warns where another version of the generator began: nobody can name any more what it had, so that is not deleted.
 *
 * @returns what is loaded now: who was there once stays, also after a start that asks for fewer people
 */
export function presentAfter(earlier: readonly Loaded[], { seed, today, members }: Options): Loaded {
  const most = Math.max(members, ...earlier.map((each) => each.members));
  const generator = generatorHash();
  const [first] = earlier;
  const begunBy = first ? first.begunBy : generator;
  if (begunBy !== generator)
    console.error('made-up data of another version may remain: npm start -- --fresh');
  return { seed, today, members: most, begunBy };
}

interface Name {
  type: string;
  id: string;
}

/** @returns the populations that may differ from the present one */
export const othersThan = (present: Loaded, earlier: readonly Loaded[]): Loaded[] =>
  earlier.filter((each) => JSON.stringify(each) !== JSON.stringify(present));

/**
 * @param named `Type/id` of all that the present population has; what is yielded is added
 * @yields what other populations of a plan had, and the present one has not
 */
export function* goneSince(tenant: string, others: readonly Loaded[], named: Set<string>): Generator<Name> {
  for (const other of others)
    for (const { resourceType: type, id } of population({ tenant, ...other })) {
      if (!named.has(`${type}/${id}`)) yield { type, id };
      named.add(`${type}/${id}`);
    }
}
