/** What apps see of a resource that the plan deleted (docs/adr/0080-keep-a-deletion-as-the-last-version.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition, observation } from '@patient-access/testing';
import { Ingest } from '../../src/ingest/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { document } from '../documents/world.ts';
import { provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, nextOf, startWorld, withoutRequestId, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ETH = `${ACT}|ETH`;
const labelled = { meta: { security: [{ system: ACT, code: 'ETH' }] } };
const LATER = { meta: { lastUpdated: '2999-01-01T00:00:00Z' } };

interface HistoryEntry {
  resource?: { status: string };
  request: { method: string; url: string };
  response: { status: string; etag: string };
}

describe('a resource that the plan deleted', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', condition('eth', 'anna', labelled), condition('kept', 'anna'));
    await world.store('north', observation('gone', 'anna', { status: 'preliminary' }));
    await world.store('north', observation('gone', 'anna', { focus: [{ reference: 'Condition/eth' }] }));
    await world.store(
      'north',
      observation('about', 'anna', { derivedFrom: [{ reference: 'Observation/gone' }] }),
      observation('bens', 'ben'),
      document('letter', 'anna'),
      {
        resourceType: 'Binary',
        id: 'letter',
        contentType: 'text/plain',
        securityContext: { reference: 'Patient/anna' },
        data: 'YQ==',
      },
    );
    await world.store('north', provenance('of-gone', 'Observation/gone'));
    await world.erase('north', 'Observation/gone', 'Observation/bens', 'DocumentReference/letter');
  });
  afterAll(() => world?.stop());

  const anna = (change = {}) => asMember(world, 'north', 'anna', change);
  const status = async (path: string, change = {}) => (await (await anna(change))(path)).status;
  const historyOf = async (path: string, change = {}) =>
    (JSON.parse((await (await anna(change))(path)).text) as { entry?: HistoryEntry[] }).entry ?? [];

  it('F64: is 410 with an OperationOutcome for an app that could see it, and recorded', async () => {
    const answer = await (await anna())('Observation/gone');
    expect(answer.status).toBe(410);
    expect(JSON.parse(answer.text)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'deleted', details: { coding: [{ code: 'deleted' }] } }],
    });
    expect(answer.text).toContain('/docs/errors#deleted');
    expect((await world.events()).at(-1)).toMatchObject({ action: 'read', outcome: '4', reason: 'deleted' });
  });

  it('F64: is answered to every other like what does not exist', async () => {
    const ben = await asMember(world, 'north', 'ben');
    const [other, absent] = [await ben('Observation/gone'), await ben('Observation/nil')];
    expect([other.status, withoutRequestId(other)]).toEqual([404, withoutRequestId(absent)]);
    for (const path of ['Observation/gone/_history', 'Observation/gone/_history/1'])
      expect((await ben(path)).status).toBe(404);
    expect(await status('Observation/bens')).toBe(404);
    expect((await (await asMember(world, 'south', 'anna'))('Observation/gone')).status).toBe(404);
    const granular = { scope: 'patient/Observation.rs?status=final' };
    expect(await status('Observation/gone', granular)).toBe(404);
    expect(await status('Observation/gone/_history', granular)).toBe(404);
    expect(await status('Observation/gone', { scope: 'patient/Condition.rs' })).toBe(403);
  });

  it('F64: leaves no trace in searches, counts, chains, includes and $everything', async () => {
    const app = await anna();
    expect(idsOf(await app('Observation'))).toEqual(['about']);
    expect(bundleOf(await app('Observation?_summary=count')).total).toBe(1);
    expect(idsOf(await app('Observation?_id=gone,about'))).toEqual(['about']);
    expect(idsOf(await app('Observation?status=final&_sort=-_id'))).toEqual(['about']);
    expect(idsOf(await app('Observation?_id=gone&_revinclude=Provenance:target'))).toEqual([]);
    expect(idsOf(await app('Provenance?_include=Provenance:target'))).toEqual(['of-gone']);
    const all = bundleOf(await app('Patient/anna/$everything?_count=100')).entry ?? [];
    expect(all.map(({ resource }) => resource.id)).not.toContain('gone');
    expect(await status('Binary/letter')).toBe(404);
  });

  it('stays in references as text, and its Provenance stays', async () => {
    const app = await anna();
    expect((await app('Observation/about')).text).toContain('Observation/gone');
    expect(idsOf(await app('Provenance?target=Observation/gone'))).toEqual(['of-gone']);
  });

  it('has its deletion in its history, and its earlier versions can be read', async () => {
    const entries = await historyOf('Observation/gone/_history');
    expect(entries.map(({ request, response }) => [request.method, response.status])).toEqual([
      ['DELETE', '204'],
      ['PUT', '200'],
      ['PUT', '201'],
    ]);
    expect(entries.map(({ resource }) => resource?.status)).toEqual([undefined, 'final', 'preliminary']);
    const versions = entries.map(({ response }) => response.etag.replace(/^W\/"|"$/g, ''));
    const read = await Promise.all(versions.map((version) => status(`Observation/gone/_history/${version}`)));
    expect(read).toEqual([410, 200, 200]);
    const first = await (await anna())('Observation/gone/_history?_count=1');
    expect(idsOf(await (await anna())(nextOf(first, 'north') ?? ''))).toEqual(['gone']);
  });

  it('F64: is withheld after its deletion as before, in every version and with what it refers to', async () => {
    const [plain, released] = [await anna(), await anna({ sensitive: [ETH] })];
    expect((await plain('Observation/gone/_history')).text).not.toContain('Condition/eth');
    expect((await released('Observation/gone/_history')).text).toContain('Condition/eth');
    await world.erase('north', 'Condition/eth');
    const [hidden, absent] = [await plain('Condition/eth'), await plain('Condition/nil')];
    expect([hidden.status, withoutRequestId(hidden)]).toEqual([404, withoutRequestId(absent)]);
    expect((await plain('Condition/eth/_history')).status).toBe(404);
    expect((await released('Condition/eth')).status).toBe(410);
    expect((await plain('Observation/gone/_history')).text).not.toContain('Condition/eth');
  });

  it('F64: is withheld in its history when what it refers to is labelled later', async () => {
    const kept = { focus: [{ reference: 'Condition/kept' }] };
    await world.store('north', observation('old', 'anna', kept));
    await world.erase('north', 'Observation/old');
    const app = await anna();
    expect((await app('Observation/old/_history')).text).toContain('Condition/kept');
    await world.store('north', condition('kept', 'anna', labelled));
    expect((await app('Observation/old/_history')).text).not.toContain('Condition/kept');
    expect((await app('Observation/old')).status).toBe(410);
  });

  it('comes back only with a version that its sender changed later', async () => {
    await world.store('north', observation('back', 'anna', { status: 'preliminary' }));
    await world.erase('north', 'Observation/back');
    const old = observation('back', 'anna', { meta: { lastUpdated: '2026-01-01T00:00:00Z' } });
    await expect(world.store('north', old)).rejects.toThrow('deleted by the plan');
    await expect(world.store('north', observation('back', 'anna'))).rejects.toThrow('deleted by the plan');
    const app = await anna();
    const first = await app('Observation?_count=1');
    await world.store('north', observation('back', 'anna', LATER));
    expect(idsOf(await app('Observation?_id=back'))).toEqual(['back']);
    expect(await status('Observation/back')).toBe(200);
    const entries = await historyOf('Observation/back/_history');
    expect(entries.map(({ response }) => response.status)).toEqual(['201', '204', '201']);
    // A search that began before does not find it at the place that it had before its deletion.
    expect(nextOf(first, 'north')).toBeUndefined();
  });

  it('is not repeated by its file when the resource came back as another member’s', async () => {
    const erased = async () => {
      const deletion = {
        deleted: { type: 'Observation', id: 'whose' },
        at: '2026-02-01T00:00:00Z',
        origin: 0,
      };
      const [result] = await new Ingest(alone(world.ingest), 'north').store([deletion]);
      return result?.status;
    };
    await world.store('north', observation('whose', 'anna'));
    expect(await erased()).toBe('deleted');
    await world.store(
      'north',
      observation('whose', 'ben', { meta: { lastUpdated: '2026-03-01T00:00:00Z' } }),
    );
    expect(await erased()).toBe('unchanged');
    expect((await (await asMember(world, 'north', 'ben'))('Observation/whose')).status).toBe(200);
  });
});
