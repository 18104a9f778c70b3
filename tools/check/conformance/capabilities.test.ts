/** What the check of the CapabilityStatements says when something that a guide asks is taken out of one. */
import { describe, expect, test } from '@jest/globals';
import { committedAsked, missingOffers, NOT_OFFERED, type Offering, offeringOf } from './capabilities.ts';
import { PACKAGE_SETS, type PackageSet } from './packages.ts';

const asked = committedAsked();
type Offered = Offering['rest'][number]['resource'][number];
/** The statement of one set, in which one type is changed. */
const without =
  (set: PackageSet, type: string, take: (offered: Offered) => object) =>
  (of: PackageSet): Offering => {
    const offering = offeringOf(of);
    const [rest] = offering.rest;
    if (of !== set || !rest) return offering;
    const resource = rest.resource.map((each) => (each.type === type ? { ...each, ...take(each) } : each));
    return { rest: [{ resource }] };
  };
const omit = (values: readonly string[] = [], value: string) =>
  values.filter((each) => !each.startsWith(value));

test('each set of guides and each publication is held against its own packages', () => {
  expect(missingOffers(asked, offeringOf)).toEqual([]);
  expect([...new Set(asked.map(({ set }) => set))].sort()).toEqual([...PACKAGE_SETS].sort());
  const versions = (set: PackageSet) =>
    [
      ...new Set(
        asked.filter((each) => each.set === set).map(({ package: name, version }) => `${name} ${version}`),
      ),
    ].sort();
  expect(versions('2027')).toEqual([
    'hl7.fhir.us.carin-bb 2.2.0',
    'hl7.fhir.us.core 7.0.0',
    'hl7.fhir.us.davinci-pdex 2.2.0',
    'hl7.fhir.us.insurance-card 1.1.0',
  ]);
  for (const set of PACKAGE_SETS) {
    const lines = asked.filter((each) => each.set === set).flatMap((each) => each.asked);
    expect([set, lines.length > 50]).toEqual([set, true]);
  }
});

test('no reason is left over', () => {
  const lines = asked.flatMap(({ type, asked: all }) =>
    all.map((line) => `${type} ${line.replace(/^\w+ /, '')}`),
  );
  for (const [what] of NOT_OFFERED)
    expect([what, lines.some((line) => what.test(line))]).toEqual([what, true]);
});

describe('names what was taken out of the statement of', () => {
  test.each<[PackageSet, string, (offered: Offered) => object, string]>([
    [
      '2027',
      'Patient',
      ({ searchParam = [] }) => ({ searchParam: searchParam.filter(({ name }) => name !== 'death-date') }),
      'SHOULD combination death-date+family',
    ],
    [
      '2027',
      'ExplanationOfBenefit',
      ({ searchInclude }) => ({ searchInclude: omit(searchInclude, 'ExplanationOfBenefit:care-team') }),
      'SHALL include ExplanationOfBenefit:care-team',
    ],
    [
      '2027',
      'Condition',
      ({ searchRevInclude }) => ({ searchRevInclude: omit(searchRevInclude, 'Provenance:target') }),
      'SHALL revinclude Provenance:target',
    ],
    [
      '2027',
      'Coverage',
      ({ supportedProfile }) => ({
        supportedProfile: omit(supportedProfile, 'http://hl7.org/fhir/us/carin-bb/'),
      }),
      'SHALL profile http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Coverage',
    ],
    ['2023', 'DocumentReference', () => ({ operation: [] }), 'operation docref'],
    [
      '2023',
      'Goal',
      ({ interaction }) => ({ interaction: interaction.filter(({ code }) => code !== 'vread') }),
      'interaction vread',
    ],
    [
      'provider-directory',
      'PractitionerRole',
      ({ searchParam = [] }) => ({ searchParam: searchParam.map(({ name }) => ({ name })) }),
      'SHALL chain network.name',
    ],
    [
      'formulary',
      'Basic',
      ({ searchParam = [] }) => ({ searchParam: searchParam.filter(({ name }) => name !== 'drug-tier') }),
      'SHALL search drug-tier',
    ],
  ])('%s: %s', (set, type, take, expected) => {
    const missing = missingOffers(asked, without(set, type, take));
    expect(missing).toContainEqual(expect.stringContaining(`${type}: `));
    expect(missing.every((line) => line.startsWith(`${set}: `))).toBe(true);
    expect(missing.join('\n')).toContain(expected);
  });

  test('a type as a whole', () => {
    const gone = (of: PackageSet): Offering => {
      const resource = offeringOf(of).rest[0]?.resource.filter(({ type }) => type !== 'Endpoint') ?? [];
      return { rest: [{ resource }] };
    };
    expect(missingOffers(asked, gone)).toContain(
      'provider-directory: hl7.fhir.us.davinci-pdex-plan-net 1.2.0: Endpoint: SHALL type Endpoint',
    );
  });
});
