/**
 * The top-level elements of a type that its subsets contain (http://hl7.org/fhir/R4/search.html#elements, #summary).
 */
import { R4_ELEMENTS } from './r4-elements.ts';

/** The summary of every type contains these. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules'];

interface Elements {
  mandatory: readonly string[];
  /** including the mandatory ones */
  summary: readonly string[];
}

function elementsIn(line: string): [type: string, Elements] {
  const [before = '', after = ''] = line.split('|').map((part) => part.trim());
  const [type = '', ...names] = before.split(' ');
  const mandatory = [...ALWAYS, ...names];
  return [type, { mandatory, summary: [...mandatory, ...after.split(' ').filter(Boolean)] }];
}

const byType = new Map(R4_ELEMENTS.map(elementsIn));

/** @returns element names; choice elements end in `[x]` */
export const mandatoryElements = (type: string): readonly string[] => byType.get(type)?.mandatory ?? ALWAYS;

/** The elements of the summary, including the mandatory ones. */
export const summaryElements = (type: string): readonly string[] => byType.get(type)?.summary ?? ALWAYS;
