/** Parts of a resource: `_elements` and `_summary` (http://hl7.org/fhir/R4/search.html#elements, #summary). */
import { mandatoryElements, summaryElements } from './structure/elements.ts';
import { parseResource, type Resource } from './resource.ts';

/** The part of a resource that the client asks for. */
export type Subset = { elements: readonly string[] } | { summary: 'true' | 'text' | 'data' };

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

function keeps(type: string, subset: Subset): (element: string) => boolean {
  if ('summary' in subset && subset.summary === 'data') return (element) => element !== 'text';
  const names =
    'elements' in subset
      ? [...mandatoryElements(type), ...subset.elements]
      : subset.summary === 'text'
        ? [...mandatoryElements(type), 'text']
        : summaryElements(type);
  const whole = new Set(names);
  const choices = names.filter((name) => name.endsWith('[x]')).map((name) => name.slice(0, -'[x]'.length));
  const isChoice = (name: string) =>
    choices.some((choice) => name.startsWith(choice) && /^[A-Z]/.test(name.slice(choice.length)));
  // `_birthDate` extends `birthDate` and stays with it.
  return (element) => whole.has(element.replace(/^_/, '')) || isChoice(element.replace(/^_/, ''));
}

/**
 * @param body JSON of a stored resource
 * @returns the part that the client asks for, marked as a subset; numbers do not change
 */
export function subsetOf(body: string, subset: Subset): string {
  const resource = parseResource(body) as Resource;
  const kept = keeps(resource.resourceType, subset);
  const elements = Object.entries(resource).filter(([name]) => kept(name));
  const tag = [...((resource.meta?.['tag'] as object[] | undefined) ?? []), SUBSETTED];
  return JSON.stringify({ ...Object.fromEntries(elements), meta: { ...resource.meta, tag } });
}
