import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import { condition, observation, practitioner } from '@patient-access/testing';
import { asMember, idsOf, startWorld, type World, withoutRequestId } from '../world.ts';

describe('a scope', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-anna', 'anna'), condition('c-anna', 'anna'));
    await world.store('north', observation('o-ben', 'ben'), practitioner('p-1', 'Adler'));
  }, 60_000);
  afterAll(() => world?.stop());

  const withScope = (scope: string) => asMember(world, 'north', 'anna', { scope });

  async function statuses(scope: string, paths: string[]): Promise<number[]> {
    const app = await withScope(scope);
    const answers = await Promise.all(paths.map((path) => app(path)));
    return answers.map(({ status }) => status);
  }

  const PATHS = ['Observation', 'Observation/o-anna', 'Observation/o-anna/_history/1'];

  it.each([
    ['patient/*.read', [200, 200, 200]],
    ['patient/Observation.read', [200, 200, 200]],
    ['patient/*.*', [200, 200, 200]],
    ['patient/*.write', [403, 403, 403]],
    ['patient/Condition.read', [403, 403, 403]],
  ])('SMART 58: S01: %s allows reads and searches alike, or neither', async (scope, expected) => {
    expect(await statuses(scope, PATHS)).toEqual(expected);
  });

  it.each([
    ['patient/Observation.r', [403, 200, 200]],
    ['patient/Observation.s', [200, 403, 403]],
    ['patient/Observation.rs', [200, 200, 200]],
    ['patient/Observation.cud', [403, 403, 403]],
    ['patient/Observation.r patient/Observation.s', [200, 200, 200]],
  ])('SMART 57, 92: S02: %s allows what its letters say', async (scope, expected) => {
    expect(await statuses(scope, PATHS)).toEqual(expected);
  });

  it('SMART 57: S01: never allows a write, whatever its letters say', async () => {
    const app = await withScope('patient/*.cruds user/*.cruds');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const headers = { 'content-type': 'application/fhir+json' };
      const body = JSON.stringify(observation('o-anna', 'anna', { status: 'amended' }));
      for (const path of ['Observation', 'Observation/o-anna']) {
        const { status } = await app(path, { method, headers, body });
        expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
      }
    }
    expect(JSON.parse((await app('Observation/o-anna')).text)).toMatchObject({ status: 'final' });
  });

  it('SMART 64, 65: S06: for all types opens the member’s own data and the plan’s reference data', async () => {
    const app = await withScope('patient/*.rs');
    expect(idsOf(await app('Observation'))).toEqual(['o-anna']);
    expect(idsOf(await app('Practitioner'))).toEqual(['p-1']);
    expect((await app('Practitioner/p-1')).status).toBe(200);
    const [other, absent] = [await app('Observation/o-ben'), await app('Observation/no-such')];
    expect(other.status).toBe(404);
    expect(withoutRequestId(other)).toEqual(withoutRequestId(absent));
  });

  it('SMART 65: opens reference data only if it names the type or is a wildcard', async () => {
    expect(await statuses('patient/Observation.rs', ['Practitioner', 'Practitioner/p-1'])).toEqual([
      403, 403,
    ]);
    expect(await statuses('patient/Practitioner.read', ['Practitioner', 'Practitioner/p-1'])).toEqual([
      200, 200,
    ]);
  });

  it('SMART 63, 67: with user/ shows exactly what a patient/ scope shows of the member in context', async () => {
    const user = await withScope('user/*.read');
    expect(idsOf(await user('Observation'))).toEqual(['o-anna']);
    expect((await user('Observation/o-ben')).status).toBe(404);
    expect((await user('Observation?patient=ben')).status).toBe(403);
    const nobody = await asMember(world, 'north', 'anna', { scope: 'user/*.read', patient: undefined });
    expect((await nobody('Observation')).status).toBe(403);
    expect(await statuses('system/*.read', PATHS)).toEqual([403, 403, 403]);
  });

  it('SMART 62: F26: cannot open a batch, because the server has none', async () => {
    const app = await withScope('patient/*.rs');
    const entry = ['o-anna', 'o-ben'].map((id) => ({ request: { method: 'GET', url: `Observation/${id}` } }));
    for (const type of ['batch', 'transaction']) {
      const body = JSON.stringify({ resourceType: 'Bundle', type, entry });
      const answer = await app('', {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        body,
      });
      expect([404, 405]).toContain(answer.status);
      expect(answer.text).not.toContain('o-anna');
    }
  });

  it('SMART 68: is recorded in full in each access event, up to the longest scope that is allowed', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `patient/Observation.rs?_id=id-${index}`).join(
      ' ',
    );
    const scope = `patient/Observation.read ${names}`.slice(0, MAX_SCOPE_CHARACTERS);
    expect(scope.length).toBe(MAX_SCOPE_CHARACTERS);
    const { status, requestId } = await (await withScope(scope))('Observation');
    expect(status).toBe(200);
    const event = (await world.events()).find((candidate) => candidate.requestId === requestId);
    expect(event?.scope === scope).toBe(true);
  });
});
