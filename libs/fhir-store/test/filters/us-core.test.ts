import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { concept, condition, observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

const CONDITION = 'http://terminology.hl7.org/CodeSystem/condition-category';
const OBSERVATION = 'http://terminology.hl7.org/CodeSystem/observation-category';
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem';

/** Granular scopes that Inferno tests for US Core 6.1.0: the type, and the system and code of the category. */
const CATEGORIES = [
  ['Condition', CONDITION, 'encounter-diagnosis'],
  ['Condition', CONDITION, 'problem-list-item'],
  ['Condition', `${US_CORE}/condition-category`, 'health-concern'],
  ['Observation', OBSERVATION, 'laboratory'],
  ['Observation', OBSERVATION, 'social-history'],
  ['Observation', OBSERVATION, 'vital-signs'],
  ['Observation', OBSERVATION, 'survey'],
  ['Observation', `${US_CORE}/us-core-category`, 'sdoh'],
] as const;

type Category = (typeof CATEGORIES)[number];
const scopeOf = ([type, system, code]: Category) => `patient/${type}.rs?category=${system}|${code}`;

/**
 * Resources with each category alone, with each pair of categories, with the codes of another system, and without a
 * category.
 */
function recordsOf(type: 'Condition' | 'Observation'): Resource[] {
  const categories = CATEGORIES.filter((category) => category[0] === type);
  const make = type === 'Condition' ? condition : observation;
  const lists = [
    ...categories.map((category) => [category]),
    ...categories.flatMap((one, at) => categories.slice(at + 1).map((other) => [one, other])),
    ...categories.map(([, , code]) => [[type, 'http://example.org/other', code]]),
    [],
  ];
  return lists.map((list, index) => {
    const category = list.map(([, system, code]) => concept(system ?? '', code ?? ''));
    return make(`${type.toLowerCase()}-${index}`, 'anna', { category });
  });
}

/** The rule of a granular scope, applied to the resources themselves. */
function isOf({ category }: Resource, wanted: readonly Category[]): boolean {
  const codings = (category as ReturnType<typeof concept>[]).flatMap(({ coding }) => coding);
  return codings.some((coding) =>
    wanted.some(([, system, code]) => coding.system === system && coding.code === code),
  );
}

describe('the granular scopes of US Core 6.1.0', () => {
  const records = [...recordsOf('Condition'), ...recordsOf('Observation')];
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      ...records,
      ...records
        .map((record) => ({ ...record, id: `ben-${record.id}` }))
        .map((record) => ({ ...record, subject: { reference: 'Patient/ben' } })),
    );
  }, 60_000);
  afterAll(() => world?.stop());

  async function everyPage(app: Asker, type: string): Promise<string[]> {
    const ids: string[] = [];
    for (let path: string | undefined = `${type}?_count=3`; path;) {
      const page: Awaited<ReturnType<Asker>> = await app(path);
      ids.push(...idsOf(page));
      path = nextOf(page, 'north');
    }
    return ids.sort();
  }

  async function expectExactly(wanted: readonly Category[], type: string): Promise<void> {
    const app = await asMember(world, 'north', 'anna', { scope: wanted.map(scopeOf).join(' ') });
    const own = records.filter((record) => record.resourceType === type);
    const visible = own.filter((record) =>
      isOf(
        record,
        wanted.filter((category) => category[0] === type),
      ),
    );
    expect(await everyPage(app, type)).toEqual(visible.map(({ id }) => id).sort());
    expect(bundleOf(await app(`${type}?_summary=count`)).total).toBe(visible.length);
    for (const record of own) {
      for (const path of [record.id, `${record.id}/_history/1`]) {
        const { status } = await app(`${type}/${path}`);
        expect([path, status]).toEqual([path, visible.includes(record) ? 200 : 404]);
      }
    }
  }

  it.each(CATEGORIES.map((category) => [category[2], category] as const))(
    'SMART 61: show exactly %s to searches, pages, counts, read and vread',
    async (_code, category) => {
      await expectExactly([category], category[0]);
    },
  );

  it('SMART 59, 61: show the union of what each shows when several are granted', async () => {
    await expectExactly(CATEGORIES.slice(1, 5), 'Condition');
    await expectExactly(CATEGORIES.slice(1, 5), 'Observation');
    await expectExactly(CATEGORIES, 'Observation');
  });

  it('SMART 61: open no other type', async () => {
    const app = await asMember(world, 'north', 'anna', {
      scope: CATEGORIES.slice(0, 3).map(scopeOf).join(' '),
    });
    expect((await app('Observation')).status).toBe(403);
    expect((await app('Observation/observation-0')).status).toBe(403);
  });
});
