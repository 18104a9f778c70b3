/** A small package: a profile with every kind of rule, an extension, and value sets. */
import type { ElementDefinition, PackageResource } from '../../src/profile/definitions.ts';

export const PANEL_PROFILE = 'http://ig.example/StructureDefinition/panel';
const RACE = 'http://ig.example/StructureDefinition/race';
export const EMPTY_PROFILE = 'http://ig.example/StructureDefinition/empty';
export const STRICT_PROFILE = 'http://ig.example/StructureDefinition/strict';
export const ABSTRACT_PROFILE = 'http://ig.example/StructureDefinition/abstract';
export const NARROW_PROFILE = 'http://ig.example/StructureDefinition/narrow';
const STATUS = 'http://ig.example/ValueSet/status';
export const PERSON_PROFILE = 'http://ig.example/StructureDefinition/person';
const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const LOINC = 'http://loinc.org';
const CATEGORY = 'http://ig.example/CodeSystem/category';

const element = (id: string, more: Partial<ElementDefinition> = {}): ElementDefinition => {
  const path = id.replace(/:[^.]+/g, '');
  const base = { path, min: 0, max: '*' };
  return { id, path, min: 0, max: '*', base, ...more };
};
const invariant = (key: string, expression: string) => ({ key, severity: 'error', expression });
const loinc = (code: string) => ({ coding: [{ system: LOINC, code }] });

const panel: PackageResource = {
  resourceType: 'StructureDefinition',
  url: PANEL_PROFILE,
  type: 'Observation',
  derivation: 'constraint',
  snapshot: {
    element: [
      element('Observation', { constraint: [invariant('ig-0', 'bodySite.empty()')] }),
      element('Observation.extension', {
        slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
      }),
      element('Observation.extension:race', {
        min: 0,
        max: '1',
        type: [{ code: 'Extension', profile: [RACE] }],
      }),
      element('Observation.status', {
        min: 1,
        max: '1',
        base: { path: 'Observation.status', min: 1, max: '1' },
        binding: { strength: 'required', valueSet: `${STATUS}|1.0` },
      }),
      element('Observation.category', {
        min: 1,
        slicing: { discriminator: [{ type: 'pattern', path: '$this' }], rules: 'open' },
      }),
      element('Observation.category:lab', {
        min: 1,
        max: '1',
        patternCodeableConcept: { coding: [{ system: CATEGORY, code: 'laboratory' }] },
      }),
      element('Observation.code', { min: 1, max: '1', patternCodeableConcept: loinc('85354-9') }),
      element('Observation.encounter', { max: '0' }),
      element('Observation.performer', {
        type: [{ code: 'Reference', targetProfile: [PERSON_PROFILE, `${R4}Organization`] }],
      }),
      element('Observation.focus', { type: [{ code: 'Reference', targetProfile: [`${R4}Resource`] }] }),
      element('Observation.device', {
        type: [{ code: 'Reference', targetProfile: ['http://other.example/of-no-package'] }],
      }),
      element('Observation.value[x]', { max: '1', type: [{ code: 'Quantity' }, { code: 'string' }] }),
      element('Observation.component', {
        slicing: { discriminator: [{ type: 'pattern', path: 'code' }], rules: 'closed' },
      }),
      element('Observation.component:systolic', { min: 1, max: '1' }),
      element('Observation.component:systolic.code', { patternCodeableConcept: loinc('8480-6') }),
      element('Observation.component:systolic.value[x]', {
        slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' },
      }),
      element('Observation.component:systolic.value[x]:valueQuantity', { type: [{ code: 'Quantity' }] }),
      element('Observation.component:systolic.value[x]:valueQuantity.system', {
        fixedUri: 'http://unitsofmeasure.org',
      }),
      element('Observation.component:other', {}),
      element('Observation.component:other.code', {
        binding: { strength: 'required', valueSet: 'http://ig.example/ValueSet/of-systems' },
      }),
      element('Observation.note', {
        constraint: [
          invariant('ig-1', "%resource.note.count() < 2 and text != 'z'"),
          invariant('ig-2', "conformsTo('http://ig.example/x')"),
          { ...invariant('ig-3', 'false'), severity: 'warning' },
        ],
      }),
      element('Observation.method', {
        binding: { strength: 'required', valueSet: 'http://ig.example/ValueSet/filtered' },
      }),
    ],
  },
};

const race: PackageResource = {
  resourceType: 'StructureDefinition',
  url: RACE,
  type: 'Extension',
  derivation: 'constraint',
  snapshot: {
    element: [
      element('Extension'),
      element('Extension.url', {
        min: 1,
        max: '1',
        base: { path: 'Extension.url', min: 1, max: '1' },
        fixedUri: RACE,
      }),
      element('Extension.value[x]', { min: 1, max: '1', type: [{ code: 'Coding' }] }),
    ],
  },
};

const valueSet = (name: string, ...include: object[]): PackageResource =>
  ({
    resourceType: 'ValueSet',
    url: `http://ig.example/ValueSet/${name}`,
    compose: { include },
  }) as PackageResource;

const person: PackageResource = {
  resourceType: 'StructureDefinition',
  url: PERSON_PROFILE,
  type: 'Practitioner',
  derivation: 'constraint',
  snapshot: { element: [element('Practitioner')] },
};

const ofObservation = (url: string, ...elements: ElementDefinition[]) => ({
  resourceType: 'StructureDefinition' as const,
  url,
  type: 'Observation',
  derivation: 'constraint',
  snapshot: { element: [element('Observation'), ...elements] },
});

export const PACKAGE: PackageResource[] = [
  panel,
  ofObservation(EMPTY_PROFILE),
  ofObservation(STRICT_PROFILE, element('Observation.code', { min: 1 })),
  { ...ofObservation(ABSTRACT_PROFILE, element('Observation.code', { min: 1 })), abstract: true },
  ofObservation(
    NARROW_PROFILE,
    element('Observation.code', { min: 1, patternCodeableConcept: loinc('2-7') }),
  ),
  person,
  race,
  valueSet(
    'status',
    { valueSet: ['http://ig.example/ValueSet/some'] },
    { system: 'urn:s', concept: [{ code: 'final' }] },
  ),
  valueSet('some', { system: CATEGORY }),
  valueSet('of-systems', { system: 'http://unknown.example' }),
  valueSet('filtered', { system: CATEGORY, filter: [{ property: 'concept', op: 'is-a', value: 'x' }] }),
  {
    resourceType: 'CodeSystem',
    url: CATEGORY,
    content: 'complete',
    concept: [{ code: 'a', concept: [{ code: 'amended' }] }],
  },
];

/** Asks nothing more of it. */
export const good = (more: object = {}) => ({
  resourceType: 'Observation',
  id: 'o',
  meta: { profile: [`${PANEL_PROFILE}|1.0.0`] },
  status: 'final',
  category: [
    { coding: [{ system: 'urn:other', code: 'x' }] },
    { coding: [{ system: CATEGORY, code: 'laboratory', display: 'Lab' }] },
  ],
  code: {
    coding: [
      { system: 'urn:local', code: 'bp' },
      { system: LOINC, code: '85354-9' },
    ],
    text: 'BP',
  },
  valueString: 'x',
  component: [{ code: loinc('8480-6'), valueQuantity: { value: 1, system: 'http://unitsofmeasure.org' } }],
  extension: [
    { url: RACE, valueCoding: { code: 'x' } },
    { url: 'http://other', valueString: 'x' },
  ],
  ...more,
});
export { CATEGORY, loinc, RACE };
