import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { disclosedVersions } from '@patient-access/events';
import { observation } from '@patient-access/testing';
import {
  asMember,
  base,
  bundleOf,
  nextOf,
  startWorld,
  versionId,
  withoutRequestId,
  type World,
  versionsIn,
} from '../world.ts';

const STATUSES = ['registered', 'preliminary', 'final', 'amended'];

describe('the history of a resource', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    for (const status of STATUSES) await world.store('north', observation('o-1', 'anna', { status }));
    await world.store('north', observation('ben-1', 'ben'));
  });
  afterAll(() => world?.stop());

  const anna = async (path: string, scope = 'patient/*.rs') =>
    (await asMember(world, 'north', 'anna', { scope }))(path);
  const versions = async (path: string) =>
    (bundleOf(await anna(path)).entry ?? []).map(({ resource }) => resource['status']);

  it('lists its versions, newest first, with the requests that made them', async () => {
    const answer = await anna('Observation/o-1/_history');
    const bundle = JSON.parse(answer.text) as {
      type: string;
      entry: { request: object; response: object }[];
    };
    expect([answer.status, bundle.type]).toEqual([200, 'history']);
    const etags = await Promise.all(
      [4, 3, 2, 1].map(
        async (version) =>
          `W/"${await versionId(world, 'north', { type: 'Observation', id: 'o-1', version })}"`,
      ),
    );
    expect(new Set(etags).size).toBe(4);
    expect(bundle.entry.map(({ request, response }) => ({ request, response }))).toMatchObject([
      { request: { method: 'PUT', url: 'Observation/o-1' }, response: { status: '200', etag: etags[0] } },
      { response: { status: '200', etag: etags[1] } },
      { response: { status: '200', etag: etags[2] } },
      { response: { status: '201', etag: etags[3] } },
    ]);
  });

  it('comes in pages', async () => {
    const first = await anna('Observation/o-1/_history?_count=3');
    const second = await anna(nextOf(first, 'north') ?? '');
    expect(bundleOf(second).entry?.map(({ resource }) => resource['status'])).toEqual(['registered']);
    expect(nextOf(second, 'north')).toBeUndefined();
    const selfOf = (answer: typeof first) =>
      bundleOf(answer).link.find(({ relation }) => relation === 'self');
    expect(selfOf(first)?.url).toBe(`${base('north')}/Observation/o-1/_history?_count=3`);
    // A page names itself, and not the first one.
    expect(selfOf(second)?.url).toBe(`${base('north')}/${nextOf(first, 'north')}`);
  });

  it('begins at _since', async () => {
    expect(await versions('Observation/o-1/_history?_since=2000')).toEqual(STATUSES.toReversed());
    expect(await versions('Observation/o-1/_history?_since=2999-01-01')).toEqual([]);
  });

  it.each([
    ['_summary=count', 'patient/*.rs', 4],
    ['_count=0', 'patient/*.rs', 4],
    ['_summary=count&_since=2999-01-01', 'patient/*.rs', 0],
    ['_summary=count', 'patient/Observation.rs?status=amended', 1],
  ])('counts what it would show: %s with %s', async (query, scope, total) => {
    const bundle = bundleOf(await anna(`Observation/o-1/_history?${query}`, scope));
    expect(bundle).toMatchObject({ type: 'history', total });
    expect([bundle.entry, bundle.link.map(({ relation }) => relation)]).toEqual([undefined, ['self']]);
  });

  it.each([
    '_since=yesterday',
    '_since=2026&_since=2027',
    '_at=2026',
    '_sort=_lastUpdated',
    'code=x',
    '_cursor=AAAA',
  ])('refuses %s', async (query) => {
    expect((await anna(`Observation/o-1/_history?${query}`)).status).toBe(400);
  });

  it('F03: of another member is answered as that of an unknown resource, and there is none of a type or of everything', async () => {
    const [foreign, absent] = [
      await anna('Observation/ben-1/_history'),
      await anna('Observation/nil/_history'),
    ];
    expect(foreign.status).toBe(404);
    expect(withoutRequestId(foreign)).toEqual(withoutRequestId(absent));
    for (const id of ['ben-1', 'nil'])
      for (const query of ['_since=2000', '_summary=count', '_summary=count&_since=2000'])
        expect((await anna(`Observation/${id}/_history?${query}`)).status).toBe(404);
    for (const path of ['Observation/_history', '_history']) expect((await anna(path)).status).toBe(404);
  });

  it('SMART 60: shows with a granular scope only the version that the scope was compared with', async () => {
    const scope = 'patient/Observation.rs?status=amended';
    const bundle = bundleOf(await anna('Observation/o-1/_history', scope));
    expect(bundle.entry?.map(({ resource }) => resource['status'])).toEqual(['amended']);
    expect((await anna('Observation/o-1/_history/4', scope)).status).toBe(200);
    expect((await anna('Observation/o-1/_history/3', scope)).status).toBe(404);
    expect((await anna('Observation/o-1/_history', 'patient/Observation.rs?status=final')).status).toBe(404);
  });

  it('needs a scope with the letter r', async () => {
    expect((await anna('Observation/o-1/_history', 'patient/Observation.s')).status).toBe(403);
  });

  it('is recorded with the versions that it showed', async () => {
    const { text } = await anna('Observation/o-1/_history');
    const event = (await world.events()).at(-1);
    expect(event).toMatchObject({ action: 'history-instance', outcome: '0', counts: { Observation: 4 } });
    expect(disclosedVersions(event ?? {})).toEqual(versionsIn(text));
  });
});
