import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation } from '@patient-access/testing';
import { type Asker, asMember, bundleOf, idsOf, nextOf, startWorld, type World } from '../world.ts';

describe('what client libraries send', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', ...Array.from({ length: 6 }, (_, at) => observation(`o-${at}`, 'anna')));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it.each(['Observation/o-1', 'Observation', 'Observation/o-1/_history', 'Observation/o-1/_history/1'])(
    '_pretty changes nothing of %s, strict or not',
    async (path) => {
      const { status, text } = await anna(path);
      for (const prefer of ['handling=strict', 'handling=lenient']) {
        const pretty = await anna(`${path}?_pretty=true`, { headers: { prefer } });
        expect(pretty.status).toBe(status);
        expect(pretty.text.length).toBe(text.length);
      }
    },
  );

  it.each(['2020-01-01T00:00:00+02:00', '2020-01-01T00:00:00.000+02:00', '2020-01-01T00:00+02:00'])(
    'the + of a time zone is understood encoded and as a space: %s',
    async (time) => {
      for (const path of [`Observation?_lastUpdated=ge${time}`, `Observation/o-1/_history?_since=${time}`]) {
        const [plain, encoded] = [await anna(path), await anna(path.replace('+', '%2B'))];
        expect([path, plain.status, encoded.status]).toEqual([path, 200, 200]);
        expect(bundleOf(plain).total).toBe(bundleOf(encoded).total);
      }
    },
  );

  it('the + of each time zone in a list is understood', async () => {
    const times = ['eq2020-01-01T00:00:00+02:00', 'ge2021-01-01T00:00:00.5+00:00'];
    for (const list of [times, times.toReversed()])
      expect(idsOf(await anna(`Observation?_lastUpdated=${list.join(',')}`))).toHaveLength(6);
  });

  it('_count, _format and _pretty beside the cursor of a link change nothing; a filter is refused', async () => {
    const link = nextOf(await anna('Observation?_count=2'), 'north') ?? '';
    const ids = idsOf(await anna(link));
    expect(ids).toHaveLength(2);
    for (const more of [
      '_count=1',
      '_format=json',
      '_pretty=true',
      '_count=50&_format=application/fhir%2Bjson',
    ])
      expect([more, idsOf(await anna(`${link}&${more}`))]).toEqual([more, ids]);
    for (const more of ['code=x', '_sort=_id', '_elements=id', link.slice(link.indexOf('?') + 1)])
      expect([more, (await anna(`${link}&${more}`)).status]).toEqual([more, 400]);
    expect((await anna(`${link}&_format=xml`)).status).toBe(406);
  });

  it.each(['Observation', 'Observation/o-1/_history', 'Patient/$everything'])(
    'a format that was asked for in the URL stays in the links of %s, whatever Accept says',
    async (path) => {
      await world.store('north', observation('o-1', 'anna', { status: 'amended' }));
      await world.store('north', observation('o-1', 'anna'));
      const headers = { accept: 'application/xml' };
      const links: string[] = [];
      for (let next: string | undefined = `${path}?_count=1&_format=json`; next && links.length < 3;) {
        const answer = await anna(next, { headers });
        expect([next, answer.status]).toEqual([next, 200]);
        const self = bundleOf(answer).link.find(({ relation }) => relation === 'self')?.url ?? '';
        expect(new URL(self).searchParams.getAll('_format')).toEqual(['json']);
        links.push(next);
        next = nextOf(answer, 'north');
      }
      expect(links.length).toBeGreaterThan(1);
    },
  );
});
