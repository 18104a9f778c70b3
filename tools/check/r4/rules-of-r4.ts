/** Writes what R4 asks of elements besides their structure, in the notation that libs/fhir/src/profile reads. */
import { join } from 'node:path';
import { definitionFile } from './definitions.ts';
import { listText } from './lines.ts';

interface Constraint {
  key: string;
  severity: string;
  expression?: string;
  source?: string;
}

interface Element {
  path: string;
  base?: { path: string };
  type?: { code: string; targetProfile?: string[] }[];
  binding?: { strength: string; valueSet?: string };
  constraint?: Constraint[];
}

interface StructureDefinition {
  resourceType: string;
  url: string;
  name: string;
  kind: string;
  derivation?: string;
  snapshot?: { element: Element[] };
}

const HEAD = `/**
 * What FHIR R4 (4.0.1) asks of elements besides their structure, generated from HL7's StructureDefinitions (CC0-1.0)
 * by \`npm run structure\`; \`npm run check\` compares. A line begins with the path of an element.
 */
`;

/** Every element has this invariant. An empty object breaks it, and the check of the structure finds those. */
const OF_EVERY_ELEMENT = 'ele-1';
const ANY_RESOURCE = 'Resource';

const lastOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
const commented = (comment: string, list: string) => `\n/** ${comment} */\n${list}`;

function bindingOf({ path, binding }: Element): string[] {
  const { strength, valueSet } = binding ?? {};
  return strength === 'required' && valueSet !== undefined ? [`${path} ${valueSet.split('|')[0]}`] : [];
}

function targetsOf({ path, type = [] }: Element): string[] {
  const targets = type.find(({ code }) => code === 'Reference')?.targetProfile?.map(lastOf) ?? [];
  return targets.length === 0 || targets.includes(ANY_RESOURCE) ? [] : [`${path} ${targets.join('|')}`];
}

function invariantsOf({ path, constraint = [] }: Element, url: string): string[] {
  return constraint
    .filter(({ severity, key }) => severity === 'error' && key !== OF_EVERY_ELEMENT)
    .filter(({ source }) => source === undefined || source === url)
    .flatMap(({ key, expression }) => (expression === undefined ? [] : [`${path} ${key} ${expression}`]));
}

/** @returns the text of the generated file */
export function rulesOfR4(folder: string): string {
  const found = ['profiles-types.xml', 'profiles-resources.xml']
    .flatMap((file) => definitionFile<StructureDefinition>(join(folder, 'profile', file)))
    .filter(
      ({ resourceType, derivation }) => resourceType === 'StructureDefinition' && derivation !== 'constraint',
    )
    .filter(({ kind }) => kind === 'complex-type' || kind === 'resource');
  const own = found.flatMap(({ url, snapshot }) =>
    (snapshot?.element ?? [])
      .filter(({ path, base }) => base === undefined || base.path === path)
      .map((element) => ({ element, url })),
  );
  const bindings = own.flatMap(({ element }) => bindingOf(element));
  const targets = own.flatMap(({ element }) => targetsOf(element));
  const invariants = own.flatMap(({ element, url }) => invariantsOf(element, url));
  return [
    HEAD.trimEnd(),
    '\n',
    commented('the value set of a required binding', listText('R4_BINDINGS', bindings)),
    commented('the types to which a reference may refer', listText('R4_TARGETS', targets)),
    commented(
      'the key of an invariant whose breach is an error, and its FHIRPath',
      listText('R4_INVARIANTS', invariants),
    ),
  ].join('');
}
