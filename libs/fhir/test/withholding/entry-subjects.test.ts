/** An entry goes with what it is about, also where R4 lets that be absent. */
import { expect, test } from '@jest/globals';
import { withoutReferences } from '../../src/withholding/without-references.ts';

/** What is hidden. */
const W = { reference: 'Practitioner/w', display: 'Dr Green' };
const friend = { role: [{ text: 'Friend' }], member: { reference: 'Patient/2' } };
const bill = { category: { text: 'bill' }, valueString: '131' };

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
])('%s goes with what it is about', (_what, resourceType, whole, left) => {
  const bare = { resourceType, id: 'x', status: 'active' };
  const resource = { ...bare, ...whole };
  expect(withoutReferences(resource, new Set(['Practitioner/w']), 't')).toEqual({ ...bare, ...left });
  expect(withoutReferences(resource, new Set(['Practitioner/other']), 't')).toBe(resource);
});
