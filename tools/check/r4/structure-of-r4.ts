/** Writes the elements of every R4 type in the notations that libs/fhir/src/structure reads. */
import { join, resolve } from 'node:path';
import { definitionFile } from './definitions.ts';
import { installDefinitions } from './install.ts';
import { rulesOfR4 } from './rules-of-r4.ts';
import { valueSetsOfR4 } from './value-sets-of-r4.ts';

interface ElementDefinition {
  path: string;
  min: number;
  isSummary?: boolean;
  max: string;
  type?: { code: string; extension?: { url: string; valueUrl?: string }[] }[];
  contentReference?: string;
}

interface StructureDefinition {
  resourceType: string;
  name: string;
  kind: string;
  abstract: boolean;
  derivation?: string;
  baseDefinition?: string;
  snapshot?: { element: ElementDefinition[] };
}

const LIBRARY = resolve(import.meta.dirname, '../../../libs/fhir/src');

const HEAD = `/**
 * The elements of FHIR R4 (4.0.1), generated from HL7's StructureDefinitions (CC0-1.0) by \`npm run structure\`; \`npm run check\`
 * compares. A line is a type: its name, the type whose elements it has too, its own elements (see shape.ts).
 */
export const R4_TYPES: readonly string[] = [
`;

const ELEMENTS_HEAD = `/**
 * The top-level elements of each resource type that a subset of it keeps, generated from HL7's StructureDefinitions of
 * R4 (4.0.1, CC0-1.0) by \`npm run structure\`; \`npm run check\` compares. A line is a type: its name, its mandatory
 * elements, and behind the bar what else its summary has (ElementDefinition.min and isSummary).
 */
export const R4_ELEMENTS: readonly string[] = [
`;

/** Types that only define elements for other types, and never occur in JSON themselves. */
const NESTED = new Set(['BackboneElement', 'Element']);
/** A choice of at least this many types is a choice of all types: R4 lists the same fifty types at each of these. */
const OPEN_CHOICE = 50;

const definitionsIn = (folder: string, file: string): StructureDefinition[] =>
  definitionFile<StructureDefinition>(join(folder, 'profile', file)).filter(
    ({ resourceType, kind, derivation }) =>
      resourceType === 'StructureDefinition' &&
      (kind === 'complex-type' || kind === 'resource') &&
      derivation !== 'constraint',
  );

const depth = (path: string) => path.split('.').length;

/** FHIRPath's type string can be a string, an id or a uri in FHIR. An extension says which. */
function nameOf({ code, extension = [] }: { code: string; extension?: { valueUrl?: string }[] }): string {
  if (!code.startsWith('http:')) return code;
  return extension.find(({ valueUrl }) => valueUrl !== undefined)?.valueUrl ?? 'string';
}

function cardinality({ min, max }: ElementDefinition): string {
  if (max !== '*' && max !== '1') throw new Error(`no notation for a maximum of ${max}`);
  if (max === '*') return min > 0 ? '+' : '*';
  return min > 0 ? '!' : '?';
}

function typeOf(element: ElementDefinition, all: readonly ElementDefinition[]): string {
  const { path, type = [], contentReference } = element;
  if (contentReference !== undefined) return contentReference;
  const [first] = type;
  if (type.length >= OPEN_CHOICE) return '@';
  if (!first || !NESTED.has(first.code)) return path === 'Resource.id' ? 'id' : type.map(nameOf).join('|');
  const own = elementsOf(path, all);
  // An `Element` without elements of its own is written as a plain `Element`.
  if (own === '') return first.code;
  return first.code === 'Element' ? `(${own})` : `{${own}}`;
}

/** The direct child elements of `parent`, without those that every type of its kind has. */
function elementsOf(
  parent: string,
  all: readonly ElementDefinition[],
  inherited: ReadonlySet<string> = new Set(['id', 'extension', 'modifierExtension']),
): string {
  return all
    .filter(({ path }) => path.startsWith(`${parent}.`) && depth(path) === depth(parent) + 1)
    .map((element) => ({ element, name: element.path.slice(parent.length + 1) }))
    .filter(({ name }) => !inherited.has(name))
    .map(({ element, name }) => name + cardinality(element) + typeOf(element, all))
    .join(' ');
}

const lastOf = (url = '') => url.slice(url.lastIndexOf('/') + 1);

function lineOf(definition: StructureDefinition, byName: ReadonlyMap<string, StructureDefinition>): string {
  const base = byName.get(lastOf(definition.baseDefinition));
  const elements = (of: StructureDefinition) => of.snapshot?.element ?? [];
  const names = (of: StructureDefinition) =>
    elements(of)
      .filter(({ path }) => depth(path) === 2)
      .map(({ path }) => path.slice(path.indexOf('.') + 1));
  const own = elementsOf(definition.name, elements(definition), new Set(base ? names(base) : []));
  return [definition.name, base?.name ?? '-', own].join(' ').trim();
}

/** @returns the text of structure/r4.ts */
function typesOfR4(folder: string): string {
  const all = ['profiles-types.xml', 'profiles-resources.xml'].flatMap((file) => definitionsIn(folder, file));
  const byName = new Map(all.map((definition) => [definition.name, definition]));
  const lines = all.map((definition) => lineOf(definition, byName));
  return `${HEAD}${lines.map((line) => `  '${line}',\n`).join('')}];\n`;
}

/** Elements that every resource type has. */
const OF_EVERY_RESOURCE = new Set([
  'id',
  'meta',
  'implicitRules',
  'language',
  'text',
  'contained',
  'extension',
  'modifierExtension',
]);

function elementsLineOf({ name: type, snapshot }: StructureDefinition): string {
  const own = (snapshot?.element ?? [])
    .filter(({ path }) => depth(path) === 2)
    .map(({ path, min, isSummary }) => ({ name: path.slice(type.length + 1), min, isSummary }))
    .filter(({ name }) => !OF_EVERY_RESOURCE.has(name));
  const mandatory = own.filter(({ min }) => min > 0);
  const summary = own.filter(({ min, isSummary }) => min === 0 && isSummary);
  return [type, ...mandatory.map(({ name }) => name), '|', ...summary.map(({ name }) => name)].join(' ');
}

/** @returns the text of structure/r4-elements.ts */
function elementsOfR4(folder: string): string {
  const lines = definitionsIn(folder, 'profiles-resources.xml')
    .filter(({ abstract }) => !abstract)
    .map(elementsLineOf);
  return `${ELEMENTS_HEAD}${lines.map((line) => `  '${line}',\n`).join('')}];\n`;
}

/** The generated files of libs/fhir about R4, with their texts. */
export async function structureOfR4(): Promise<[file: string, text: string][]> {
  const folder = await installDefinitions();
  return [
    [join(LIBRARY, 'structure/r4.ts'), typesOfR4(folder)],
    [join(LIBRARY, 'structure/r4-elements.ts'), elementsOfR4(folder)],
    [join(LIBRARY, 'profile/r4-rules.ts'), rulesOfR4(folder)],
    [join(LIBRARY, 'profile/r4-value-sets.ts'), valueSetsOfR4(folder)],
  ];
}
