import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition, observation, practitioner } from '@patient-access/testing';
import { type Asker, asMember, startWorld, versionId, type World } from '../world.ts';

const O_1 = { type: 'Observation', id: 'o-1' };

describe('reading', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('o-1', 'anna', { valueQuantity: { value: 72 } }),
      practitioner('p-1', 'Berg'),
    );
    await world.store('north', observation('o-1', 'anna', { valueQuantity: { value: 73 } }));
    await world.store('north', condition('c-1', 'anna'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it('returns the current version, with its ETag and date', async () => {
    const { status, headers, text } = await anna('Observation/o-1');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/fhir+json; charset=utf-8',
      etag: `W/"${await versionId(world, 'north', { ...O_1, version: 2 })}"`,
      'cache-control': 'no-store',
      vary: 'Authorization, Accept, Accept-Encoding, Origin',
      'x-response-subject': 'north/anna',
    });
    const resource = JSON.parse(text);
    expect(resource).toMatchObject({ id: 'o-1', valueQuantity: { value: 73 } });
    expect(headers['etag']).toBe(`W/"${resource.meta.versionId}"`);
    expect(new Date(headers['last-modified'] ?? '').getTime()).toBe(
      Math.floor(Date.parse(resource.meta.lastUpdated) / 1000) * 1000,
    );
  });

  it('returns an earlier version, and the current one by its version id', async () => {
    const [first, second] = [
      await anna('Observation/o-1/_history/1'),
      await anna('Observation/o-1/_history/2'),
    ];
    const versionIdOfFirst = await versionId(world, 'north', { ...O_1, version: 1 });
    expect(JSON.parse(first.text)).toMatchObject({
      meta: { versionId: versionIdOfFirst },
      valueQuantity: { value: 72 },
    });
    expect(first.headers['etag']).toBe(`W/"${versionIdOfFirst}"`);
    expect(second.text).toBe((await anna('Observation/o-1')).text);
  });

  it.each([
    'Observation/o-2',
    'Observation/o-1/_history/3',
    'Observation/c-1',
    'Condition/o-1',
    'Device/o-1',
  ])('of %s finds nothing', async (path) => {
    const { status, text } = await anna(path);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ issue: [{ code: 'not-found' }] });
  });

  it('of a type that another service owns finds nothing', async () => {
    expect((await anna('Patient/anna')).status).toBe(404);
    expect((await anna('AuditEvent')).status).toBe(404);
  });

  it('of reference data is open to every member of the plan, and to no member of another plan', async () => {
    expect((await anna('Practitioner/p-1')).status).toBe(200);
    expect((await (await asMember(world, 'north', 'ben'))('Practitioner/p-1')).status).toBe(200);
    expect((await (await asMember(world, 'south', 'anna'))('Practitioner/p-1')).status).toBe(404);
  });

  it('needs a scope for the type and the interaction (case S02)', async () => {
    const status = async (scope: string, path: string) =>
      (await (await asMember(world, 'north', 'anna', { scope }))(path)).status;
    expect(await status('patient/Observation.r', 'Observation/o-1')).toBe(200);
    expect(await status('patient/Observation.r', 'Observation')).toBe(403);
    expect(await status('patient/Observation.s', 'Observation')).toBe(200);
    expect(await status('patient/Observation.s', 'Observation/o-1')).toBe(403);
    expect(await status('patient/Condition.rs', 'Observation/o-1')).toBe(403);
    expect(await status('patient/Observation.sr', 'Observation/o-1')).toBe(403);
    expect(await status('system/*.cruds', 'Observation/o-1')).toBe(403);
    expect(await status('openid launch/patient', 'Observation/o-1')).toBe(403);
  });

  it('is refused before any data is read, so an existing and an unknown resource give the same answer', async () => {
    const app = await asMember(world, 'north', 'anna', { scope: 'patient/Condition.rs' });
    const bodies = [];
    for (const id of ['o-1', 'o-2']) {
      const { text, requestId } = await app(`Observation/${id}`);
      bodies.push(text.replaceAll(requestId, ''));
    }
    expect(bodies[0]).toBe(bodies[1]);
  });
});
