/** Parts of a resource: `_elements` and `_summary` (http://hl7.org/fhir/R4/search.html#elements, #summary). */
import { mandatoryElements, summaryElements } from './structure/elements.ts';
import { resourceShape } from './structure/shape.ts';
import { parseResource, type Resource } from './resource.ts';

/** The part of a resource that the client asks for. */
export type Subset = { elements: readonly string[] } | { summary: 'true' | 'text' | 'data' };

const CHOICE = '[x]';
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
  const elements = resourceShape(type)?.elements;
  return (element) => {
    // `_birthDate` extends `birthDate` and stays with it.
    const name = element.replace(/^_/, '');
    if (whole.has(name)) return true;
    const choice = elements?.get(name)?.choice;
    // Clients name a choice as its definition does, `value[x]`, or without the ending.
    return choice !== undefined && (whole.has(choice) || whole.has(choice.slice(0, -CHOICE.length)));
  };
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
