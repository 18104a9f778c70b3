/** The top-level elements of a type that its subsets keep (http://hl7.org/fhir/R4/search.html#elements, #summary). */
import { R4_ELEMENTS } from './r4-elements.ts';

/** What every type has in its summary. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules'];

interface Elements {
  mandatory: readonly string[];
  /** with the mandatory ones */
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

/** The same for the summary, which the mandatory ones are part of. */
export const summaryElements = (type: string): readonly string[] => byType.get(type)?.summary ?? ALWAYS;
