import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concept, condition, observation } from '@patient-access/testing';
import { asMember, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/observation-category';
const lab = { category: [concept(SYSTEM, 'laboratory')] };
const LAB = `patient/Observation.rs?category=${encodeURIComponent(`${SYSTEM}|laboratory`)}`;

describe('a granular scope', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('lab-1', 'anna', lab), observation('vital-1', 'anna'));
    await world.store(
      'north',
      observation('lab-2', 'anna', { ...lab, status: 'amended' }),
      condition('c-1', 'anna'),
    );
    await world.store('north', observation('once-lab', 'anna', lab));
    await world.store('north', observation('once-lab', 'anna'));
    await world.store('north', observation('now-lab', 'ben'));
    await world.store('north', observation('now-lab', 'ben', lab));
    await world.store('north', observation('now-lab', 'ben', { ...lab, status: 'amended' }));
  });
  afterAll(() => world?.stop());

  const withScope = (scope: string) => asMember(world, 'north', 'anna', { scope });

  it('shows the same resources to a search and to a read', async () => {
    const app = await withScope(LAB);
    expect(idsOf(await app('Observation')).sort()).toEqual(['lab-1', 'lab-2']);
    const statuses = [];
    for (const path of ['lab-1', 'vital-1', 'once-lab', 'once-lab/_history/1', 'lab-1/_history/1'])
      statuses.push((await app(`Observation/${path}`)).status);
    expect(statuses).toEqual([200, 404, 404, 404, 200]);
  });

  it('SMART 60: shows no version but the one that it was compared with', async () => {
    const versions = async (scope: string) => {
      const app = await asMember(world, 'north', 'ben', { scope });
      const paths = ['now-lab', ...[1, 2, 3].map((version) => `now-lab/_history/${version}`)];
      const statuses = await Promise.all(
        paths.map(async (path) => (await app(`Observation/${path}`)).status),
      );
      const history = await app('Observation/now-lab/_history');
      return [...statuses, history.status === 200 ? bundleOf(history).entry?.length : history.status];
    };
    expect(await versions('patient/Observation.rs')).toEqual([200, 200, 200, 200, 3]);
    expect(await versions(LAB)).toEqual([200, 404, 404, 200, 1]);
    expect(await versions(`${LAB}&status=amended`)).toEqual([200, 404, 404, 200, 1]);
    expect(await versions(`${LAB}&status=http://hl7.org/fhir/observation-status|amended`)).toEqual([
      200, 404, 404, 200, 1,
    ]);
    expect(await versions(`${LAB}&status=final`)).toEqual([404, 404, 404, 404, 404]);
    expect(await versions(`${LAB} patient/Observation.rs`)).toEqual([200, 200, 200, 200, 3]);
    expect(await versions('patient/Observation.rs?date=lt2026')).toEqual([404, 404, 404, 404, 404]);
    expect(await versions('patient/Observation.rs?code:not=x')).toEqual([403, 403, 403, 403, 403]);
    expect(await versions('patient/Observation.rs?patient=ben')).toEqual([200, 200, 200, 200, 3]);
  });

  it('answers for a hidden resource as for one that does not exist', async () => {
    const app = await withScope(LAB);
    const [hidden, absent] = [await app('Observation/vital-1'), await app('Observation/no-such')];
    expect(hidden.text.replaceAll(hidden.requestId, '')).toBe(absent.text.replaceAll(absent.requestId, ''));
  });

  it('counts and pages only what it shows', async () => {
    const app = await withScope(LAB);
    expect(bundleOf(await app('Observation?_summary=count')).total).toBe(2);
    const first = await app('Observation?_count=1');
    const second = await app(nextOf(first, 'north') ?? '');
    expect([idsOf(first), idsOf(second), nextOf(second, 'north')]).toEqual([['lab-2'], ['lab-1'], undefined]);
  });

  it('adds its resources to those of the other scopes', async () => {
    const app = await withScope(`${LAB}&status=amended patient/Observation.rs?category=vital-signs`);
    expect(idsOf(await app('Observation')).sort()).toEqual(['lab-2', 'once-lab', 'vital-1']);
  });

  it.each([
    ['category=laboratory,vital-signs', ['lab-1', 'lab-2', 'once-lab', 'vital-1']],
    ['category=laboratory&category=vital-signs', []],
    ['category=laboratory&status=amended', ['lab-2']],
    ['category=laboratory&status=amended,final', ['lab-1', 'lab-2']],
    ['category=laboratory%2Cvital-signs&status=final', ['lab-1', 'once-lab', 'vital-1']],
    ['category=laboratory%5C%2Cvital-signs', []],
    [`category=${SYSTEM}|`, ['lab-1', 'lab-2', 'once-lab', 'vital-1']],
    ['category=|laboratory', []],
    ['category=LABORATORY', []],
    ['_id=lab-1,vital-1,no-such&status=final', ['lab-1', 'vital-1']],
    ['_id=lab-1&_id=vital-1', []],
    ['_lastUpdated=ge2020&status=amended', ['lab-2']],
    ['_lastUpdated=lt2020', []],
    ['date=ge2026-03-01&date=lt2026-03-02&status=amended', ['lab-2']],
    ['patient=anna&patient=Patient/anna&status=amended', ['lab-2']],
    ['subject=Patient/anna&category=laboratory', ['lab-1', 'lab-2']],
  ])('SMART 60: ?%s shows %j to searches and reads', async (query, ids) => {
    const app = await withScope(`patient/Observation.rs?${query}`);
    expect(idsOf(await app('Observation')).sort()).toEqual(ids);
    expect(bundleOf(await app('Observation?_count=0')).total).toBe(ids.length);
    for (const id of ['lab-1', 'lab-2', 'once-lab', 'vital-1']) {
      expect([id, (await app(`Observation/${id}`)).status]).toEqual([id, ids.includes(id) ? 200 : 404]);
    }
  });

  it('SMART 60: cannot be widened by the parameters of a request', async () => {
    const app = await withScope(LAB);
    for (const query of [
      'category=vital-signs',
      'category=laboratory,vital-signs&status=final&_id=vital-1',
      '_id=vital-1',
      '_id=vital-1,once-lab',
      'patient=anna&category=vital-signs',
      'category=vital-signs&_total=accurate',
      `category=${encodeURIComponent(`${SYSTEM}|vital-signs`)}`,
    ]) {
      const answer = await app(`Observation?${query}`);
      expect([query, idsOf(answer)]).toEqual([query, []]);
      expect(bundleOf(answer).total ?? 0).toBe(0);
    }
    expect(idsOf(await app('Observation?_id=lab-1,vital-1'))).toEqual(['lab-1']);
    const form = { method: 'POST', body: 'category=vital-signs' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(idsOf(await app('Observation/_search', { ...form, headers }))).toEqual([]);
  });

  it('SMART 57: S02: applies to its own letters: searches with .s see its resources, and reads with .r see its resources', async () => {
    const search = await withScope(
      'patient/Observation.s?category=laboratory patient/Observation.r?category=vital-signs',
    );
    expect(idsOf(await search('Observation')).sort()).toEqual(['lab-1', 'lab-2']);
    const statuses = [];
    for (const path of ['lab-1', 'lab-1/_history/1', 'vital-1', 'vital-1/_history/1'])
      statuses.push((await search(`Observation/${path}`)).status);
    expect(statuses).toEqual([404, 404, 200, 200]);
    const only = await withScope('patient/Observation.s?category=laboratory');
    expect([(await only('Observation')).status, (await only('Observation/lab-1')).status]).toEqual([
      200, 403,
    ]);
  });

  it('SMART 60, 64: on a wildcard opens only types that have the parameter', async () => {
    const app = await withScope('patient/*.rs?status=amended');
    expect(idsOf(await app('Observation'))).toEqual(['lab-2']);
    expect((await app('Observation/lab-1')).status).toBe(404);
    expect((await app('Condition')).status).toBe(403);
    expect((await app('Condition/c-1')).status).toBe(403);
    const both = await withScope('patient/*.rs?status=amended patient/*.r?category=vital-signs');
    expect(idsOf(await both('Observation'))).toEqual(['lab-2']);
    expect((await both('Observation/vital-1')).status).toBe(200);
  });

  it('F22: applies on every page, also with a cursor that was sealed under another scope', async () => {
    const open = await asMember(world, 'north', 'anna', {});
    const next = nextOf(await open('Observation?_count=1'), 'north') ?? '';
    const later = await (await withScope(LAB))(next);
    for (const id of idsOf(later)) expect(['lab-1', 'lab-2']).toContain(id);
  });

  it('has no effect beside a scope without filters', async () => {
    expect(idsOf(await (await withScope(`${LAB} patient/*.rs`))('Observation'))).toHaveLength(4);
  });

  it.each([
    'patient/Observation.rs?_count=1',
    'patient/Observation.rs?_sort=_lastUpdated',
    'patient/Observation.rs?patient=ben',
    'patient/Observation.rs?patient=Patient/ben&status=final',
    'patient/Observation.rs?patient=anna,ben',
    'patient/Observation.rs?patient=anna&subject=Patient/ben',
    'patient/Observation.rs?patient:identifier=x',
    'patient/Observation.rs?patient.name=x',
    'patient/Observation.rs?category:not=vital-signs',
    'patient/Observation.rs?category:missing=true',
    'patient/Observation.rs?status=final&_count=1',
    'patient/Observation.rs?_summary=count',
    'patient/Observation.rs?_total=none',
    'patient/Observation.rs?_format=json',
    'patient/Observation.rs?_cursor=x',
    'patient/Observation.rs?_filter=x',
    'patient/Observation.rs?__proto__=x',
    'patient/Observation.read?status=final',
    'patient/Observation.rs?no-such-parameter=x',
    'patient/Observation.rs?date=never',
    'patient/*.rs?onset-date=ge2020',
  ])('SMART 60: %s opens nothing, because no resource can meet its filter', async (scope) => {
    const app = await withScope(scope);
    for (const path of ['Observation', 'Observation/lab-1']) {
      const { status, text } = await app(path);
      expect([status, JSON.parse(text).issue[0].code]).toEqual([403, 'forbidden']);
    }
  });

  it('may name the member of the token', async () => {
    expect(idsOf(await (await withScope('patient/Observation.rs?patient=anna'))('Observation'))).toHaveLength(
      4,
    );
    const app = await withScope('patient/Observation.rs?patient=Patient/anna&status=amended');
    expect(idsOf(await app('Observation'))).toEqual(['lab-2']);
  });

  it('may filter by ids and dates', async () => {
    expect(idsOf(await (await withScope('patient/Observation.rs?_id=lab-1'))('Observation'))).toEqual([
      'lab-1',
    ]);
    expect(
      idsOf(await (await withScope('patient/Observation.rs?_lastUpdated=lt2020'))('Observation')),
    ).toEqual([]);
  });
});
