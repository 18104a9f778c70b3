import { expect, test } from '@jest/globals';
import type { Resource } from '../../src/resource.ts';
import { withoutReferences } from '../../src/withholding/without-references.ts';

const careTeam = (...sequences: number[]) =>
  sequences.map((sequence) => ({ sequence, provider: { reference: `Practitioner/${sequence}` } }));
const diagnosis = (...sequences: number[]) =>
  sequences.map((sequence) => ({ sequence, diagnosisReference: { reference: `Condition/${sequence}` } }));
const claim = (more: object): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id: 'e',
  status: 'active',
  ...more,
});
const without = (resource: Resource, ...hidden: string[]) =>
  withoutReferences(resource, new Set(hidden), 't');

test('the entries that are left are counted anew, and lines name them by their new numbers', () => {
  const served = without(
    claim({
      careTeam: careTeam(1, 2, 3),
      diagnosis: diagnosis(1, 2),
      item: [
        { sequence: 1, careTeamSequence: [1, 2, 3], diagnosisSequence: [2] },
        { sequence: 2, careTeamSequence: [2], diagnosisSequence: [1, 2] },
      ],
    }),
    'Practitioner/2',
    'Condition/1',
  );
  const entries = {
    careTeam: served?.['careTeam'],
    diagnosis: served?.['diagnosis'],
    item: served?.['item'],
  };
  expect(entries).toEqual({
    careTeam: [
      { sequence: 1, provider: { reference: 'Practitioner/1' } },
      { sequence: 2, provider: { reference: 'Practitioner/3' } },
    ],
    diagnosis: [{ sequence: 1, diagnosisReference: { reference: 'Condition/2' } }],
    item: [
      { sequence: 1, careTeamSequence: [1, 2], diagnosisSequence: [1] },
      { sequence: 2, diagnosisSequence: [1] },
    ],
  });
});

test('numbers that a plan does not count from 1 on stay, and no line names what is gone', () => {
  const item = [{ sequence: 1, careTeamSequence: [10, 20, 99] }];
  expect(without(claim({ careTeam: careTeam(10, 20), item }), 'Practitioner/10')).toEqual(
    claim({ careTeam: careTeam(20), item: [{ sequence: 1, careTeamSequence: [20, 99] }] }),
  );
});

test('the last entry leaves no list, and no line that names it', () => {
  const item = [{ sequence: 1, careTeamSequence: [1], net: { value: 1 } }];
  expect(without(claim({ careTeam: careTeam(1), item }), 'Practitioner/1')).toEqual(
    claim({ item: [{ sequence: 1, net: { value: 1 } }] }),
  );
});

test('a rank is one among the diagnoses of a role; some may have none, and some the same', () => {
  const ranked = (...named: [use: string, rank: number | undefined, condition: number][]): Resource => ({
    resourceType: 'Encounter',
    id: 'e',
    diagnosis: named.map(([code, rank, id]) => ({
      condition: { reference: `Condition/${id}` },
      use: { coding: [{ code }] },
      ...(rank !== undefined && { rank }),
    })),
  });
  const ofRoles = ranked(['AD', 1, 1], ['AD', 2, 2], ['DD', 1, 3], ['DD', 2, 4]);
  expect(without(ofRoles, 'Condition/3')).toEqual(ranked(['AD', 1, 1], ['AD', 2, 2], ['DD', 1, 4]));
  const through = ranked(['AD', 1, 1], ['DD', 2, 2], ['DD', 3, 3]);
  expect(without(through, 'Condition/2')).toEqual(ranked(['AD', 1, 1], ['DD', 2, 3]));
  const some = ranked(['DD', 1, 1], ['DD', 2, 2], ['DD', undefined, 3]);
  expect(without(some, 'Condition/1')).toEqual(ranked(['DD', 1, 2], ['DD', undefined, 3]));
  const same = ranked(['DD', 1, 1], ['DD', 2, 2], ['DD', 2, 3]);
  expect(without(same, 'Condition/1')).toEqual(ranked(['DD', 1, 2], ['DD', 1, 3]));
  expect(without(same, 'Condition/2')).toEqual(ranked(['DD', 1, 1], ['DD', 2, 3]));
});

test('a group says how many are left, where it said how many there are', () => {
  const group = (quantity: number, ...ids: number[]): Resource => ({
    resourceType: 'Group',
    id: 'g',
    quantity,
    ...(ids.length > 0 && { member: ids.map((id) => ({ entity: { reference: `Device/${id}` } })) }),
  });
  expect(without(group(2, 1, 2), 'Device/1')).toEqual(group(1, 2));
  expect(without(group(1, 1), 'Device/1')).toEqual(group(0));
  expect(without(group(40, 1, 2), 'Device/1')).toEqual(group(40, 2));
});

test('ranks and priorities have no gaps either', () => {
  const ranked = (...named: [rank: number, condition: number][]): Resource => ({
    resourceType: 'Encounter',
    id: 'e',
    diagnosis: named.map(([rank, id]) => ({ condition: { reference: `Condition/${id}` }, rank })),
  });
  expect(without(ranked([2, 1], [1, 2], [3, 3]), 'Condition/2')).toEqual(ranked([1, 1], [2, 3]));
});
