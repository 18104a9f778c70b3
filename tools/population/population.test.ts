import { describe, expect, test } from '@jest/globals';
import { population, type SyntheticResource } from './index.ts';
import { TENANT_NAMES } from './tenants.ts';

const MEMBERS = 40;
const PREVIEW_PATIENTS = 13;

function linesOf(tenant: string, members: number, seed?: number): string[] {
  return [...population({ tenant, members, ...(seed !== undefined && { seed }) })].map((made) =>
    JSON.stringify(made),
  );
}

/** Every `reference` anywhere in a resource. */
function referencesIn(value: unknown): { reference: string; display?: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const nested = Object.values(value).flatMap(referencesIn);
  return 'reference' in value && typeof value.reference === 'string'
    ? [value as { reference: string; display?: string }, ...nested]
    : nested;
}

/** What several tests look at, and none changes. */
const populations = new Map(
  TENANT_NAMES.map((tenant) => [tenant, [...population({ tenant, members: MEMBERS })]]),
);
const populationOf = (tenant: string) => populations.get(tenant) ?? [];

const nameOf = ({ resourceType, id }: SyntheticResource): string => `${resourceType}/${id}`;

describe('the same options give the same population', () => {
  test('byte for byte', () => {
    expect(linesOf('northwind', 15, 7)).toEqual(linesOf('northwind', 15, 7));
  });

  test('another seed gives other records of the same preview members', () => {
    const [one, two] = [1, 2].map((seed) => linesOf('northwind', PREVIEW_PATIENTS, seed));
    expect(one).not.toEqual(two);
    const patientIds = (lines: string[] = []) =>
      lines
        .map((line) => JSON.parse(line) as SyntheticResource)
        .flatMap(({ resourceType, id }) => (resourceType === 'Patient' ? [id] : []));
    expect(patientIds(one)).toEqual(patientIds(two));
  });

  test.each([1, 5, 33])(
    'as many members as were asked for, here %i, are the start of a larger population',
    (members) => {
      const small = linesOf('lakeside', members);
      const start = populationOf('lakeside').slice(0, small.length);
      expect(start.map((made) => JSON.stringify(made))).toEqual(small);
      expect(start.filter(({ resourceType }) => resourceType === 'Patient')).toHaveLength(members);
    },
  );

  test.each(['2027-01-01', '2028-02-29'])(
    'who is new on %s joined this month; no record is from later',
    (today) => {
      const all = [...population({ tenant: 'northwind', members: PREVIEW_PATIENTS, today })];
      const times = all.flatMap(({ meta, recorded }) => [
        (meta as { lastUpdated: string }).lastUpdated,
        ...(typeof recorded === 'string' ? [recorded] : []),
      ]);
      expect(times.filter((time) => time > today)).toEqual([]);
      const starts = all.map(({ period }) => (period as { start?: string } | undefined)?.start);
      expect(starts).toContain(`${today.slice(0, 8)}01`);
    },
  );

  test('an unknown tenant is refused', () => {
    expect(() => population({ tenant: 'atlantis', members: 1 }).next()).toThrow(/unknown tenant "atlantis"/);
  });
});

describe.each(TENANT_NAMES)('the resources of %s', (tenant) => {
  const all = populationOf(tenant);

  test('have ids of their own, of which none is used for two types', () => {
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('have problems and a health concern that were found at a visit, as kits search for', () => {
    const withCategory = (code: string) =>
      all.filter(({ category }) => JSON.stringify(category ?? '').includes(code));
    const concerns = withCategory('health-concern');
    expect(concerns).toHaveLength(1);
    expect([...concerns, ...withCategory('problem-list-item')].filter(({ encounter }) => !encounter)).toEqual(
      [],
    );
  });

  test('refer to each other only, relatively and with words to show', () => {
    const known = new Set(all.map(nameOf));
    const references = all.flatMap(referencesIn);
    expect(references.length).toBeGreaterThan(all.length);
    expect(references.filter(({ reference }) => !known.has(reference))).toEqual([]);
    expect(references.filter(({ display }) => !display)).toEqual([]);
  });

  test('say which profile they follow and when they changed', () => {
    const vague = all.filter(({ meta }) => {
      const { profile, lastUpdated } = meta as { profile?: string[]; lastUpdated?: string };
      return !profile?.length || !lastUpdated || lastUpdated > '2026-07-01';
    });
    expect(vague).toEqual([]);
  });

  test('the card of a coverage names its holder alone', () => {
    const cards = all.filter(({ extension }) =>
      JSON.stringify(extension ?? []).includes('PlanBeneficiaries'),
    );
    expect(cards.length).toBeGreaterThan(0);
    for (const card of cards) {
      const { extension, identifier } = card as unknown as {
        extension: { url: string; extension?: { url: string; valueString?: string }[] }[];
        identifier: { value: string }[];
      };
      const named = extension.filter(({ url }) => url.endsWith('PlanBeneficiaries-extension'));
      const ids = named.flatMap((each) => each.extension?.find(({ url }) => url === 'memberId')?.valueString);
      expect(ids).toEqual([identifier[0]?.value]);
    }
  });

  test('are of every kind the requirement names', () => {
    const types = new Set(all.map(({ resourceType }) => resourceType));
    const required =
      'Patient RelatedPerson Coverage CoverageEligibilityResponse ExplanationOfBenefit Condition Encounter Observation MedicationRequest ' +
      'MedicationDispense Immunization AllergyIntolerance Procedure DocumentReference Binary CarePlan CareTeam Goal ' +
      'Device DiagnosticReport ServiceRequest Provenance Organization OrganizationAffiliation Practitioner PractitionerRole Location ' +
      'Medication InsurancePlan Specimen';
    expect(required.split(' ').filter((type) => !types.has(type))).toEqual([]);
  });
});

describe('two tenants', () => {
  const [one, two] = TENANT_NAMES.map(
    (tenant) => new Map(populationOf(tenant).map((made) => [nameOf(made), JSON.stringify(made)])),
  );

  test('share ids on purpose, and under a shared id is never the same content', () => {
    const shared = [...(one?.keys() ?? [])].filter((name) => two?.has(name));
    const typesShared = new Set(shared.map((name) => name.split('/')[0]));
    expect([...typesShared].sort()).toEqual(['ExplanationOfBenefit', 'Patient', 'Practitioner']);
    expect(shared.filter((name) => name.startsWith('Patient/')).length).toBeGreaterThan(PREVIEW_PATIENTS);
    expect(shared.filter((name) => name.startsWith('ExplanationOfBenefit/')).length).toBeGreaterThan(300);
    expect(shared.filter((name) => one?.get(name) === two?.get(name))).toEqual([]);
  });
});
