/**
 * An example of each resource type: from the made-up members of the preview, or, where they have none of the type, a file
 * in examples/. Those of AuditEvent and Consent are answers of the preview; the others were written for the page. None is
 * of a real person, and none is taken from somebody else's work.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Resource, structureErrors } from '@patient-access/fhir';
import { population, type SyntheticResource } from '@patient-access/population';

/** The preview members alone. The same options always give the same resources. */
const EXAMPLES_FROM = { tenant: 'northwind', members: 10 };

/** The types whose records the server makes by itself, of every member. */
const MADE_BY_SERVER: ReadonlySet<string> = new Set(['AuditEvent', 'Consent']);

interface Example {
  resource: Resource;
  /** what the page says of it */
  from: 'preview' | 'written for this page';
}

const sizeOf = (resource: Resource): number => JSON.stringify(resource).length;

/** @returns the smallest resource of each type that the preview members have, which is the quickest to read */
function ofMembers(): Map<string, SyntheticResource> {
  const examples = new Map<string, SyntheticResource>();
  for (const resource of population(EXAMPLES_FROM)) {
    const smallest = examples.get(resource.resourceType);
    if (!smallest || sizeOf(resource) < sizeOf(smallest)) examples.set(resource.resourceType, resource);
  }
  return examples;
}

/** @throws Error about a file that is no valid R4, or whose type the preview members have by now */
function fromFile(path: string, ofMember: ReadonlyMap<string, unknown>): [type: string, Example] {
  const type = basename(path, '.json');
  const resource = JSON.parse(readFileSync(path, 'utf8')) as Resource;
  if (ofMember.has(type)) throw new Error(`examples/${type}.json: the preview has an example of this type`);
  const [fault] = structureErrors(resource);
  if (resource.resourceType !== type || fault)
    throw new Error(`examples/${type}.json: ${fault ? `${fault.location} ${fault.reason}` : 'another type'}`);
  return [type, { resource, from: MADE_BY_SERVER.has(type) ? 'preview' : 'written for this page' }];
}

/** @returns the examples by type */
export function examplesByType(): ReadonlyMap<string, Example> {
  const members = ofMembers();
  const files = globSync('*.json', { cwd: join(import.meta.dirname, 'examples') });
  return new Map<string, Example>([
    ...[...members].map(([type, resource]): [string, Example] => [type, { resource, from: 'preview' }]),
    ...files.map((file) => fromFile(join(import.meta.dirname, 'examples', file), members)),
  ]);
}
