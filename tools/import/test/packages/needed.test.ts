/** What the import keeps of a package says the same as the whole package, in a small part of the memory. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type PackageResource, ProfileValidator } from '@patient-access/fhir';
import { neededOf } from '../../packages/needed.ts';
import { packagesIn } from '../../packages/packages.ts';
import { DATA, examplesIn, hasPackages } from './examples.ts';

const EXAMPLES_OF = [
  'hl7.fhir.us.carin-bb-2.2.0',
  'hl7.fhir.us.core-7.0.0',
  'hl7.fhir.us.davinci-pdex-2.2.0',
  'hl7.fhir.us.davinci-pdex-plan-net-1.2.0',
];

/** Collections as lists, functions by their kind alone, and objects in one order. */
function plain(_name: string, value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a definition keeps what a check reads, and nothing else', () => {
  const element = {
    ...{ id: 'Condition.code', path: 'Condition.code', min: 1, max: '1', definition: 'Words.' },
    constraint: [
      { key: 'w', severity: 'warning', expression: 'true' },
      { key: 'e', severity: 'error', expression: 'text.exists()', human: 'Words.' },
    ],
    patternCodeableConcept: { coding: [{ system: 's', code: 'c' }] },
  };
  const profile = {
    resourceType: 'StructureDefinition',
    url: 'u',
    type: 'Condition',
    text: { div: 'Words.' },
  };
  expect(
    JSON.parse(
      JSON.stringify(
        neededOf({ ...profile, snapshot: { element: [element] } } as unknown as PackageResource),
      ),
    ),
  ).toEqual({
    ...{ resourceType: 'StructureDefinition', url: 'u', type: 'Condition' },
    snapshot: {
      element: [
        {
          ...{ id: 'Condition.code', path: 'Condition.code', min: 1, max: '1' },
          constraint: [{ key: 'e', severity: 'error', expression: 'text.exists()' }],
          patternCodeableConcept: element.patternCodeableConcept,
        },
      ],
    },
  });
  const system = { resourceType: 'CodeSystem', url: 'u', content: 'complete' };
  const concept = [{ code: 'a', display: 'A', concept: [{ code: 'b', definition: 'Words.' }] }];
  expect(neededOf({ ...system, concept } as unknown as PackageResource)).toEqual({
    ...system,
    concept: [{ code: 'a', concept: [{ code: 'b' }] }],
  });
});

(hasPackages ? describe : describe.skip)('of all packages of the guides', () => {
  test('the same profiles are made, and the same is found in the guides’ examples', async () => {
    const whole = (await packagesIn(join(DATA, 'igs'))).flatMap(({ resources }) => resources);
    const [before, after] = [new ProfileValidator(whole), new ProfileValidator(whole.map(neededOf))];
    const urls = whole.flatMap((each) => (each.resourceType === 'StructureDefinition' ? [each.url] : []));
    expect(after.size).toBe(before.size);
    for (const url of new Set(urls))
      expect(JSON.stringify(after.find(url), plain)).toBe(JSON.stringify(before.find(url), plain));
    const examples = (await Promise.all(EXAMPLES_OF.map(examplesIn))).flat();
    const found = examples.map((each) => before.judge(each));
    expect(found.flatMap(({ results }) => results).length).toBeGreaterThan(200);
    expect(examples.map((each) => after.judge(each))).toEqual(found);
  }, 120_000);
});
