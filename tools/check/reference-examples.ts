/** An example of each resource type, from the made-up members of the preview. */
import { population, type SyntheticResource } from '@patient-access/population';

/** The preview members alone. The same options always give the same resources. */
const EXAMPLES_FROM = { tenant: 'northwind', members: 10 };

const sizeOf = (resource: SyntheticResource): number => JSON.stringify(resource).length;

/** @returns the smallest resource of each type that the preview has, which is the quickest to read */
export function examplesByType(): ReadonlyMap<string, SyntheticResource> {
  const examples = new Map<string, SyntheticResource>();
  for (const resource of population(EXAMPLES_FROM)) {
    const smallest = examples.get(resource.resourceType);
    if (!smallest || sizeOf(resource) < sizeOf(smallest)) examples.set(resource.resourceType, resource);
  }
  return examples;
}
