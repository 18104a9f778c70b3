import { describe, expect, test } from '@jest/globals';
import { population, type SyntheticResource } from '../index.ts';

interface Reference {
  reference: string;
}
type Coverage = SyntheticResource & {
  subscriber: Reference;
  beneficiary: Reference;
  subscriberId: string;
  dependent: string;
  status: string;
  period: { start: string; end?: string };
  class: { value: string }[];
  relationship: { coding: [{ code: string }] };
};

const all = [...population({ tenant: 'northwind', members: 150 })];
const coverages = all.filter(({ resourceType }) => resourceType === 'Coverage') as Coverage[];
const familyOf = new Map(
  coverages.map(({ beneficiary, subscriberId }) => [beneficiary.reference, subscriberId]),
);

describe('families', () => {
  test('the beneficiary is the subscriber exactly when the relationship is "self"', () => {
    const wrong = coverages.filter(({ subscriber, beneficiary, relationship, dependent }) => {
      const isSelf = subscriber.reference === beneficiary.reference;
      return isSelf !== (relationship.coding[0].code === 'self') || isSelf !== (dependent === '01');
    });
    expect(wrong).toEqual([]);
    expect(new Set(coverages.map(({ relationship }) => relationship.coding[0].code))).toEqual(
      new Set(['self', 'spouse', 'child']),
    );
  });

  test('dependants hold the contract of their subscriber and of nobody else', () => {
    const strangers = coverages.filter(
      ({ subscriber, subscriberId }) => familyOf.get(subscriber.reference) !== subscriberId,
    );
    expect(strangers).toEqual([]);
  });

  test('no resource links two members who are not of one family', () => {
    const mixed = all.filter((made) => {
      const patients = [...JSON.stringify(made).matchAll(/"(Patient\/[^"]+)"/g)].map(
        ([, name]) => name ?? '',
      );
      return new Set(patients.map((name) => familyOf.get(name))).size > 1;
    });
    expect(mixed).toEqual([]);
  });

  test('members hold several products over the years, one at a time', () => {
    const perMember = Map.groupBy(coverages, ({ beneficiary }) => beneficiary.reference);
    const changed = [...perMember.values()].filter((held) =>
      held.some(({ status }) => status === 'cancelled'),
    );
    expect(changed.length).toBeGreaterThan(perMember.size * 0.8);
    const medical = coverages.filter(({ class: classes }) => /HMO|PPO/.test(classes[1]?.value ?? ''));
    for (const held of Map.groupBy(medical, ({ beneficiary }) => beneficiary.reference).values()) {
      const periods = held.map(({ period }) => period).sort((a, b) => a.start.localeCompare(b.start));
      periods.slice(1).forEach(({ start }, index) => expect((periods[index]?.end ?? '9') < start).toBe(true));
    }
  });
});
