/** An entry goes with what it is about, also where R4 lets that be absent. */
import { expect, test } from '@jest/globals';
import { ENTRY_SUBJECTS } from '../../src/definitions/entry-subjects.ts';
import { definitions } from '../../src/definitions.ts';
import { resourceShape, type Shape } from '../../src/structure/shape.ts';
import { withoutReferences } from '../../src/withholding/without-references.ts';

/** What is hidden. */
const W = { reference: 'Practitioner/w', display: 'Dr Green' };
const friend = { role: [{ text: 'Friend' }], member: { reference: 'Patient/2' } };
const bill = { category: { text: 'bill' }, valueString: '131' };

test('a code for several records stays until all of them are gone', () => {
  const evidence = { code: [{ text: 'cough' }], detail: [W, friend.member] };
  const condition = { resourceType: 'Condition', id: 'x', evidence: [evidence] };
  expect(withoutReferences(condition, new Set(['Practitioner/w']), 't')).toEqual({
    ...condition,
    evidence: [{ ...evidence, detail: [friend.member] }],
  });
});

/** Adds, by path, whether an element may be absent. */
function addElements({ elements, required }: Shape, isOptional: Map<string, boolean>): void {
  for (const { path, bit, shape } of elements.values()) {
    if (isOptional.has(path)) continue;
    isOptional.set(path, (required & bit) === 0);
    if (shape) addElements(shape(), isOptional);
  }
}

test('each path is that of an element that may be absent, in a type that is stored', () => {
  const isOptional = new Map<string, boolean>();
  for (const type of definitions.keys()) addElements(resourceShape(type) as Shape, isOptional);
  expect([...ENTRY_SUBJECTS].filter((path) => isOptional.get(path) !== true)).toEqual([]);
});

test.each<[what: string, type: string, whole: object, left: object]>([
  [
    'the role of somebody in a care team',
    'CareTeam',
    { participant: [{ role: [{ text: 'Addiction counselor' }], member: W }, friend] },
    { participant: [friend] },
  ],
  [
    'the kind of an information on a claim, and its number on a line',
    'ExplanationOfBenefit',
    {
      item: [{ sequence: 1, informationSequence: [1, 2] }],
      supportingInfo: [
        { sequence: 1, category: { text: 'clinic' }, timingDate: '2026-01-01', valueReference: W },
        { sequence: 2, ...bill },
      ],
    },
    {
      item: [{ sequence: 1, informationSequence: [1] }],
      supportingInfo: [{ sequence: 1, ...bill }],
    },
  ],
  [
    'the title of a document on a claim',
    'Claim',
    {
      supportingInfo: [
        { sequence: 1, code: { text: 'report' }, valueAttachment: { url: 'Practitioner/w', title: 'Detox' } },
      ],
    },
    {},
  ],
  [
    'the number of another claim',
    'ExplanationOfBenefit',
    { related: [{ claim: W, relationship: { text: 'prior' }, reference: { value: '4711' } }] },
    {},
  ],
  ['the kind of a payee', 'Claim', { payee: { type: { text: 'clinic' }, party: W } }, {}],
  [
    'a note on an activity',
    'CarePlan',
    { activity: [{ reference: W, progress: [{ text: 'sober for a week' }] }] },
    {},
  ],
  [
    'the part of somebody at a visit',
    'Encounter',
    { participant: [{ type: [{ text: 'psychiatrist' }], individual: W }] },
    {},
  ],
  [
    'the title of an action',
    'RequestGroup',
    {
      action: [
        { title: 'Methadone', resource: W },
        { title: 'Visit', resource: friend.member },
      ],
    },
    { action: [{ title: 'Visit', resource: friend.member }] },
  ],
  [
    'a manifestation',
    'Condition',
    { evidence: [{ code: [{ text: 'positive drug screen' }], detail: [W] }] },
    {},
  ],
  [
    'the amount of a payment',
    'PaymentReconciliation',
    { detail: [{ type: { text: 'payment' }, request: W, amount: { value: 120 } }] },
    {},
  ],
  [
    'a section of a document',
    'Composition',
    { section: [{ title: 'Newborn', focus: W, text: { status: 'additional', div: '<div>3 kg</div>' } }] },
    {},
  ],
  [
    'a question that follows an answer',
    'QuestionnaireResponse',
    {
      item: [
        {
          linkId: '1',
          answer: [{ valueReference: W, item: [{ linkId: '2', text: 'Since when are you treated there?' }] }],
        },
      ],
    },
    { item: [{ linkId: '1' }] },
  ],
])('%s goes with what it is about', (_what, resourceType, whole, left) => {
  const bare = { resourceType, id: 'x', status: 'active' };
  const resource = { ...bare, ...whole };
  expect(withoutReferences(resource, new Set(['Practitioner/w']), 't')).toEqual({ ...bare, ...left });
  expect(withoutReferences(resource, new Set(['Practitioner/other']), 't')).toBe(resource);
});
