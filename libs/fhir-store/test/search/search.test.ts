import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concept, observation, practitioner } from '@patient-access/testing';
import { type Asker, asMember, base, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

const LAB = {
  category: [concept('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
};

/** The system of the value set to which R4 binds Observation.status. No resource says it. */
const STATUS = 'http://hl7.org/fhir/observation-status';

/** An identifier whose value the plan masks. */
const MASKED = {
  system: 'http://hl7.org/fhir/sid/us-ssn',
  _value: {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }],
  },
};

describe('searching', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna', { effectiveDateTime: '2025-12-31' }));
    await world.store(
      'north',
      observation('o-2', 'anna', { ...LAB, status: 'amended', code: concept('', 'x,y|z') }),
    );
    await world.store(
      'north',
      observation('o-3', 'anna', { effectiveDateTime: undefined, effectivePeriod: { start: '2026-02-15' } }),
    );
    await world.store('north', observation('b-1', 'ben'), practitioner('p-1', "O'Brien"), {
      ...practitioner('p-2', '100%_Åse'),
      identifier: [MASKED],
    });
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const found = async (path: string) => {
    const answer = await anna(path);
    expect([path, answer.status]).toEqual([path, 200]);
    return idsOf(answer).sort();
  };

  it('finds a hundred ids at once, by GET, by POST, and page by page', async () => {
    const others = Array.from({ length: 98 }, (_, at) => `${at}`.padStart(64, 'a'));
    const query = `_id=${['o-1', ...others, 'o-3'].join()}`;
    expect(await found(`Observation?${query}`)).toEqual(['o-1', 'o-3']);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await anna('Observation/_search', { method: 'POST', headers, body: query });
    expect(idsOf(posted).sort()).toEqual(['o-1', 'o-3']);
    const next = nextOf(await anna(`Observation?${query}&_count=1&_sort=_id`), 'north') ?? '';
    expect(await found(next)).toEqual(['o-3']);
  });

  it.each([
    ['Observation', ['o-1', 'o-2', 'o-3']],
    ['Observation?patient=anna', ['o-1', 'o-2', 'o-3']],
    ['Observation?patient=Patient/anna&subject=anna', ['o-1', 'o-2', 'o-3']],
    [`Observation?patient=${base('north')}/Patient/anna`, ['o-1', 'o-2', 'o-3']],
    ['Observation?code=8867-4', ['o-1', 'o-3']],
    ['Observation?code=http://loinc.org|8867-4', ['o-1', 'o-3']],
    ['Observation?code=http://loinc.org|', ['o-1', 'o-3']],
    ['Observation?code=|8867-4', []],
    [`Practitioner?identifier=${MASKED.system}|`, ['p-2']],
    ['Practitioner?identifier:missing=false', ['p-2']],
    ['Observation?code=x%5C,y%5C|z', ['o-2']],
    ['Observation?status=amended,final', ['o-1', 'o-2', 'o-3']],
    ['Observation?status=amended&status=final', []],
    [`Observation?status=${STATUS}|amended`, ['o-2']],
    [`Observation?status=${STATUS}|`, ['o-1', 'o-2', 'o-3']],
    [`Observation?status:not=${STATUS}|amended`, ['o-1', 'o-3']],
    ['Observation?status=http://x.example|amended', []],
    ['Observation?category=laboratory', ['o-2']],
    ['Observation?_id=o-1,o-3,b-1', ['o-1', 'o-3']],
    ['Observation?_id:not=o-1,o-3,b-1', ['o-2']],
    ['Observation?_lastUpdated=lt2020', []],
    ['Observation?_lastUpdated=ge2020', ['o-1', 'o-2', 'o-3']],
    ['Observation?date=2026', ['o-2']],
    ['Observation?date=lt2026', ['o-1']],
    ['Observation?date=ge2027', ['o-3']],
    ['Observation?unknown=1', ['o-1', 'o-2', 'o-3']],
    ['Practitioner?name=o%27brien', ['p-1']],
    ['Practitioner?name=o%27', ['p-1']],
    ['Practitioner?name=brien', []],
    ['Practitioner?name:contains=brien', ['p-1']],
    ['Practitioner?name=100%25_a', ['p-2']],
    ['Practitioner?name=1%25', []],
    ['Practitioner?name=___', []],
  ])('%s', async (path, ids) => {
    expect(await found(path)).toEqual(ids);
  });

  it('finds a reference that has an identifier alone by it, and does not call it missing', async () => {
    const identifier = { system: 'http://plan.example/visits', value: '7' };
    const visits = {
      none: undefined,
      named: { display: 'A visit' },
      identified: { identifier },
      literal: { reference: 'Encounter/7' },
    };
    const subject = { reference: 'Patient/anna' };
    for (const [id, encounter] of Object.entries(visits))
      await world.store('north', { resourceType: 'Condition', id, subject, encounter });
    expect(await found(`Condition?encounter:identifier=${identifier.system}|7`)).toEqual(['identified']);
    expect(await found('Condition?encounter:missing=false')).toEqual(['identified', 'literal']);
    expect(await found('Condition?encounter:missing=true')).toEqual(['named', 'none']);
  });

  it.each([
    [`${base('north')}/Questionnaire/q|2.0`, ['r-own', 'r-relative']],
    ['Questionnaire/q|2.0', ['r-own', 'r-relative']],
    ['q|2.0', ['r-own', 'r-relative']],
    ['Questionnaire/q', ['r-own', 'r-relative']],
    ['Questionnaire/q|1.0', []],
    ['http://x.example/q|2.0', ['r-elsewhere']],
  ])('finds answers to the questionnaire %s, as they name it', async (canonical, ids) => {
    const named = {
      'r-own': `${base('north')}/Questionnaire/q|2.0`,
      'r-relative': 'Questionnaire/q|2.0',
      'r-elsewhere': 'http://x.example/q|2.0',
    };
    const answers = Object.entries(named).map(([id, questionnaire]) => ({
      ...{ resourceType: 'QuestionnaireResponse', id, status: 'completed' },
      ...{ subject: { reference: 'Patient/anna' }, questionnaire },
    }));
    await world.store('north', ...answers);
    const query = new URLSearchParams({ questionnaire: canonical });
    expect(await found(`QuestionnaireResponse?${query}`)).toEqual(ids);
  });

  it.each([
    ['http://x.example/q|2.0', ['q-2']],
    ['http://x.example/q|3.0', []],
    ['http://x.example/q', ['q-1', 'q-2']],
  ])('finds the questionnaire that the canonical %s names', async (canonical, ids) => {
    const forms = ['1', '2'].map((at) => ({
      ...{ resourceType: 'Questionnaire', id: `q-${at}`, status: 'active' },
      ...{ url: 'http://x.example/q', version: `${at}.0` },
    }));
    await world.store('north', ...forms);
    expect(await found(`Questionnaire?${new URLSearchParams({ url: canonical })}`)).toEqual(ids);
  });

  it('shows in the self link what it understood', async () => {
    const self = bundleOf(await anna('Observation?unknown=1&code=a%7Cb&_count=1000000')).link[0]?.url;
    expect(self).toBe(`${base('north')}/Observation?code=a%7Cb&_count=100`);
  });

  it('counts only what it finds (case F13)', async () => {
    expect(bundleOf(await anna('Observation?_total=accurate&_count=1'))).toMatchObject({ total: 3 });
    for (const path of [
      'Observation?_count=0',
      'Observation?_summary=count',
      'Observation?_summary=count&_count=5',
    ]) {
      const bundle = bundleOf(await anna(path));
      expect([bundle.total, bundle.entry]).toEqual([3, undefined]);
    }
    expect(bundleOf(await anna('Observation?code=nothing&_total=accurate'))).toMatchObject({ total: 0 });
    expect(bundleOf(await anna('Observation')).total).toBeUndefined();
  });

  it('sorts by last change, newest first unless asked otherwise', async () => {
    expect(idsOf(await anna('Observation'))).toEqual(['o-3', 'o-2', 'o-1']);
    expect(idsOf(await anna('Observation?_sort=_lastUpdated'))).toEqual(['o-1', 'o-2', 'o-3']);
  });

  it('no longer finds a changed resource by its former values', async () => {
    await world.store('north', observation('o-9', 'anna', { status: 'preliminary' }));
    expect(await found('Observation?status=preliminary')).toEqual(['o-9']);
    await world.store('north', observation('o-9', 'anna', { status: 'cancelled' }));
    expect(await found('Observation?status=preliminary')).toEqual([]);
    expect(await found('Observation?status=cancelled')).toEqual(['o-9']);
  });

  it.each([
    'Observation?_count=-1',
    'Observation?_count=1&_count=2',
    'Observation?code:foo=x',
    'Observation?date=ge2020-13-45',
    'Observation?_include=Observation:nothing',
    'Observation?_revinclude=Observation:patient',
    'Observation?_cursor=AAAA',
    'Observation?_cursor=',
    'Observation?code=%zz',
    'Observation?code=%ff',
    'Observation?code=%00',
    'Observation?encounter.class=x',
  ])('answers %s with a 400 that says what is wrong', async (path) => {
    const { status, text } = await anna(path);
    expect(status).toBe(400);
    expect(JSON.parse(text).issue[0]).toMatchObject({ severity: 'error' });
    expect(text).not.toMatch(/SELECT|search_value|at .*\.ts/);
  });

  it.each([
    ['Provenance?target=o-1', 'write the type too: Type/o-1.'],
    ['Observation?_sort=_tag', '_sort: not by _tag. It takes _lastUpdated, _id, and'],
    ['Observation?_sort=date,', '_sort: not by an empty key.'],
  ])('says of %s what to write', async (path, words) => {
    expect((await anna(path)).text).toContain(words);
  });

  it.each([
    'return=minimal; handling=strict',
    'handling="strict"',
    'Handling = "Strict", respond-async',
    'return=minimal,handling=strict',
  ])('refuses unknown parameters when the client prefers strict handling: %s', async (prefer) => {
    expect((await anna('Observation?unknown=1', { headers: { prefer } })).status).toBe(400);
    expect((await anna('Observation?code=x', { headers: { prefer } })).status).toBe(200);
  });

  it.each(['handling=strict', 'handling=lenient'])(
    'ignores a parameter without a value (R4, handling errors), as an unused field of a form is: %s',
    async (prefer) => {
      const empty = 'code=&date=&_id=&status:not=&_sort&_count=&_format=&_since=&unknown=&patient.name=';
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const [path, options] of [
        [`Observation?status=final&${empty}`, {}],
        ['Observation/_search', { method: 'POST', body: `${empty}&status=final`, headers: form }],
      ] as const) {
        const headers = { ...('headers' in options && options.headers), prefer };
        const answer = await anna(path, { ...options, headers });
        const { entry, link } = bundleOf(answer);
        expect(entry?.map(({ resource }) => resource.id).sort()).toEqual(['o-1', 'o-3']);
        expect(link[0]?.url).toBe(`${base('north')}/Observation?status=final&_count=50`);
      }
      expect((await anna('Observation?status=final,', { headers: { prefer } })).status).toBe(400);
    },
  );

  it.each(['handling=lenient', 'handling="lenient"', 'handling=stricter', 'x-handling=strict', 'strict'])(
    'leaves unknown parameters out otherwise: %s',
    async (prefer) => {
      expect((await anna('Observation?unknown=1', { headers: { prefer } })).status).toBe(200);
    },
  );

  it('says in an entry of its own which parameters were left out, on every page', async () => {
    const all = bundleOf(await anna('Observation?_total=accurate'));
    const first = await anna('Observation?_total=accurate&_count=1&patinet=a&date[]=2026&date[]=x');
    const page = bundleOf(first);
    const next = bundleOf(await anna(nextOf(first, 'north') ?? ''));
    for (const { total, entry = [] } of [page, next]) {
      expect([total, entry.length]).toEqual([all.total, 2]);
      expect(entry.at(-1)).toMatchObject({
        search: { mode: 'outcome' },
        resource: {
          resourceType: 'OperationOutcome',
          issue: [
            {
              severity: 'warning',
              diagnostics: expect.stringContaining('Is patient meant?'),
              expression: ['patinet'],
            },
            { severity: 'warning', expression: ['date[]'] },
          ],
        },
      });
      expect(entry.at(-1)).not.toHaveProperty('fullUrl');
    }
    expect(JSON.stringify(bundleOf(await anna('Observation?code=x')))).not.toContain('OperationOutcome');
  });
});
