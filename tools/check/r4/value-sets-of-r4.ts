/** Writes the value sets and code systems of R4 that are HL7's own, in the notation that libs/fhir/src/profile reads. */
import { join } from 'node:path';
import { definitionFile } from './definitions.ts';
import { listText } from './lines.ts';

interface Concept {
  code: string;
  concept?: Concept[];
}

interface Include {
  system?: string;
  concept?: Concept[];
  filter?: unknown[];
  valueSet?: string[];
}

interface ValueSet {
  resourceType: 'ValueSet';
  url: string;
  compose?: { include?: Include[]; exclude?: unknown[] };
}

interface CodeSystem {
  resourceType: 'CodeSystem';
  url: string;
  content: string;
  concept?: Concept[];
}

/** What the notation has no place for. UCUM has such units. */
const ODD = /[\s,=]/;
/** Systems of which no other body holds the rights: HL7's, and those that only an internet standard or UCUM names. */
const FREE = /^(http:\/\/(hl7\.org\/fhir|terminology\.hl7\.org|unitsofmeasure\.org)|urn:ietf:|urn:iso:)/;

const HEAD = `/**
 * The value sets and code systems of FHIR R4 (4.0.1) that are HL7's own (CC0-1.0) and given as lists, generated from
 * its definitions by \`npm run structure\`; \`npm run check\` compares. A line is a name and the codes of a system, or
 * what a value set includes: a whole system, \`system=codes\`, or \`@\` and other value sets.
 */
`;

const all = (concepts: readonly Concept[] = []): string[] =>
  concepts.flatMap(({ code, concept }) => [code, ...all(concept)]);

/** @returns undefined when the content cannot be given as a list */
function includeOf({ system, concept, filter, valueSet }: Include): string | undefined {
  if (filter) return undefined;
  if (valueSet) return system === undefined ? `@${valueSet.join('&')}` : undefined;
  if (system === undefined || !FREE.test(system)) return undefined;
  const codes = all(concept);
  if (codes.some((code) => ODD.test(code))) return undefined;
  return concept ? `${system}=${codes.join(',')}` : system;
}

function valueSetLine({ url, compose }: ValueSet): string[] {
  const { include = [], exclude } = compose ?? {};
  const parts = include.map(includeOf);
  const isListed = !exclude && parts.length > 0 && parts.every((part) => part !== undefined);
  return isListed ? [[url, ...parts].join(' ')] : [];
}

/** @returns the text of the generated file */
export function valueSetsOfR4(folder: string): string {
  const found = definitionFile<ValueSet | CodeSystem>(join(folder, 'valueset/valuesets.xml'));
  const sets = found.filter((each) => each.resourceType === 'ValueSet').flatMap(valueSetLine);
  const systems = found
    .filter((each): each is CodeSystem => each.resourceType === 'CodeSystem')
    .filter(({ url, content }) => content === 'complete' && FREE.test(url))
    .map(({ url, concept }) => [url, ...all(concept)].join(' '));
  return `${HEAD}${listText('R4_VALUE_SETS', sets)}\n${listText('R4_CODE_SYSTEMS', systems)}`;
}
