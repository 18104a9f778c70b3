/** What the check of the preview says when something that a guide asks for is taken out of the data. */
import { describe, expect, test } from '@jest/globals';
import { type GuideSet, type Resource, withProfiles } from '@patient-access/fhir';
import { loadChecks } from '@patient-access/import';
import { population, previewMembers } from '@patient-access/population';
import { listsUpTo } from './lists.ts';
import { missingSupport, OF_ANOTHER_MEMBER, questionsOf } from './served.ts';
import { Questioner } from './questions.ts';
import { type Json, resourceName, profilesOf, type Served } from './supported.ts';

const PREVIEW_MEMBERS = 11;
const patientOf = (tenant: string): string =>
  previewMembers(tenant).find(({ isComplete }) => isComplete)?.patientId ?? '';
const patientId = patientOf('northwind');
const lists = listsUpTo('2023');

const referencesIn = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"reference":"([^"]+)"/g)].map(([, name = '']) => name);

/** The member's own resources, and what they refer to. */
function ownRecord(tenant: string): Served[] {
  const all = [...population({ tenant, members: PREVIEW_MEMBERS })] as Served[];
  const byName = new Map(all.map((each) => [resourceName(each), each]));
  const me = `Patient/${patientOf(tenant)}`;
  const owner = ({ patient, subject, beneficiary }: Json) =>
    [patient, subject, beneficiary].some((each) => (each as { reference?: string })?.reference === me);
  const names = new Set(all.filter((each) => resourceName(each) === me || owner(each)).map(resourceName));
  for (const each of all) {
    const isAboutOwn =
      each.resourceType === 'Provenance' && referencesIn(each['target']).some((name) => names.has(name));
    if (isAboutOwn) names.add(resourceName(each));
  }
  for (const name of names) for (const target of referencesIn(byName.get(name))) names.add(target);
  return [...names].flatMap((name) => byName.get(name) ?? []);
}

const record = ownRecord('northwind');
/** A copy of the record that a test may change. */
const copy = (): Served[] => structuredClone(record);
const of = (all: Served[], type: string) => all.filter(({ resourceType }) => resourceType === type);

const surveysOf = (all: Served[]): Served[] =>
  of(all, 'Observation').filter(({ category }) => JSON.stringify(category).includes('"survey"'));

/** Takes a category from all observations that have it. */
function takeCategory(all: Served[], code: string): void {
  for (const each of of(all, 'Observation'))
    each['category'] = (each['category'] as Json[]).filter(
      (category) => !JSON.stringify(category).includes(`"${code}"`),
    );
}

const PLANS: [string, GuideSet][] = [
  ['northwind', '2023'],
  ['lakeside', '2027'],
];

/** The record as an import stores it, which adds the profiles of the plan's set. */
async function importedRecord(tenant: string, set: GuideSet): Promise<Served[]> {
  const { profiles } = await loadChecks(tenant, set);
  return ownRecord(tenant).map((made) => {
    const resource = JSON.parse(JSON.stringify(made)) as Resource;
    return withProfiles(resource, profiles.judge(resource).fitting) as Served;
  });
}

describe.each(PLANS)('at %s, which follows the guides of %s', (tenant, set) => {
  const asked = listsUpTo(set);

  test('the member’s own record has every must-support of the three guides', async () => {
    const ofMember = asked.filter((list) => !OF_ANOTHER_MEMBER.has(list.package));
    expect(missingSupport(ofMember, await importedRecord(tenant, set))).toEqual([]);
  });

  test('there is a value for each search that the guides ask for', () => {
    const questions = questionsOf(asked, new Questioner(ownRecord(tenant), patientOf(tenant)));
    expect(questions.length).toBeGreaterThan(200);
    expect(questions.filter((question) => !('query' in question))).toEqual([]);
  });
});

test('a plan of the later set is asked what the earlier one asks, and more', () => {
  const names = (set: GuideSet) =>
    new Set(
      listsUpTo(set)
        .flatMap(({ profiles }) => profiles)
        .map(({ url }) => url),
    );
  const [earlier, later] = [names('2023'), names('2027')];
  expect([...earlier].filter((url) => !later.has(url))).toEqual([]);
  expect([...later].filter((url) => !earlier.has(url)).map((url) => url.split('/').at(-1))).toEqual(
    expect.arrayContaining(['us-core-average-blood-pressure', 'C4BB-ExplanationOfBenefit-Oral-Basis']),
  );
});

describe('names what was taken out', () => {
  test.each<[string, (all: Served[]) => void, string]>([
    [
      'an element',
      (all) => of(all, 'MedicationDispense').forEach((each) => delete each['substitution']),
      'pdex-medicationdispense: no data for substitution',
    ],
    [
      'a slice',
      (all) =>
        of(all, 'Organization').forEach((each) => {
          each['identifier'] = ((each['identifier'] ?? []) as Json[]).filter(
            (identifier) => !JSON.stringify(identifier).includes('naiccode'),
          );
        }),
      'C4BB-Organization: no data for identifier:naiccode',
    ],
    [
      'an extension',
      (all) =>
        of(all, 'Patient').forEach((each) => {
          each['extension'] = (each['extension'] as Json[]).filter(
            ({ url }) => !String(url).endsWith('us-core-race'),
          );
        }),
      'C4BB-Patient: no data for extension:race',
    ],
    [
      'a type of a choice',
      (all) => of(all, 'ServiceRequest').forEach((each) => delete each['occurrencePeriod']),
      'us-core-servicerequest: no data for occurrencePeriod',
    ],
    [
      'a target of a reference',
      (all) =>
        of(all, 'CareTeam').forEach((each) => {
          each['participant'] = (each['participant'] as Json[]).filter(
            (participant) => !JSON.stringify(participant).includes('RelatedPerson/'),
          );
        }),
      'us-core-careteam: no data for participant.member → us-core-relatedperson',
    ],
    [
      'a value whose place a reason took',
      (all) =>
        of(all, 'Patient').forEach((each) => {
          each['birthDate'] = undefined;
          each['_birthDate'] = {
            extension: [
              { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
            ],
          };
        }),
      'us-core-patient: no data for birthDate',
    ],
    [
      'what stands in the place of something else',
      (all) => of(all, 'Encounter').forEach((each) => delete each['reasonCode']),
      'us-core-encounter: no data for reasonReference',
    ],
    [
      'the image of a report',
      (all) => of(all, 'DiagnosticReport').forEach((each) => delete each['media']),
      'us-core-diagnosticreport-note: no data for media.link → Media',
    ],
    [
      'a kind of screening',
      (all) => takeCategory(all, 'cognitive-status'),
      'hl7.fhir.us.core 6.1.0: no screening of http://hl7.org/fhir/us/core/CodeSystem/us-core-category|cognitive-status',
    ],
  ])('%s', (_, take, expected) => {
    const all = copy();
    take(all);
    expect(missingSupport(lists, all)).toContain(expected);
  });

  test.each<[string, (all: Served[]) => void, string]>([
    [
      'a reason in a component',
      (all) => {
        for (const { component } of of(all, 'Observation'))
          for (const part of (component ?? []) as Json[]) delete part['dataAbsentReason'];
      },
      'us-core-average-blood-pressure: no data for component.dataAbsentReason',
    ],
    [
      'a kind of screening',
      (all) => takeCategory(all, 'activity'),
      'hl7.fhir.us.core 7.0.0: no screening of http://terminology.hl7.org/CodeSystem/observation-category|activity',
    ],
    [
      'a kind of screening that other observations have, too',
      (all) => takeCategory(surveysOf(all), 'social-history'),
      'hl7.fhir.us.core 7.0.0: no screening of http://terminology.hl7.org/CodeSystem/observation-category|social-history',
    ],
  ])('%s, of the later set', async (_, take, expected) => {
    const all = await importedRecord('lakeside', '2027');
    take(all);
    expect(missingSupport(listsUpTo('2027'), all)).toContain(expected);
  });

  test('all resources of a profile', () => {
    const oral = (each: Served) => profilesOf(each).some((profile) => profile.endsWith('-Oral'));
    expect(
      missingSupport(
        lists,
        record.filter((each) => !oral(each)),
      ),
    ).toContain('C4BB-ExplanationOfBenefit-Oral: no data');
  });

  test('the value of a search', () => {
    const all = copy();
    of(all, 'Patient').forEach((each) => delete each['deceasedDateTime']);
    const questions = questionsOf(lists, new Questioner(all, patientId));
    expect(questions.filter((question) => !('query' in question)).map(({ name }) => name)).toEqual([
      'Patient?death-date&family',
    ]);
  });
});
