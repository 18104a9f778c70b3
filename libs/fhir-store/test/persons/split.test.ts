/** One record that was two persons' (docs/adr/0093-follow-persons-whose-numbers-change.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { mergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { splitPersons, unsplitPersons } from '../../src/ingest/persons/split-persons.ts';
import { ETH, provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const SPLIT = { change: 'c-2', from: 'ann', to: 'zoe', reason: 'two namesakes' };
const RECORDS = ['Observation/z1', 'Observation/z2', 'Observation/z-eth'];
const [system = '', code = ''] = ETH.split('|');
const sensitive = { meta: { security: [{ system, code }] } };
const patient = (id: string): Resource => ({
  resourceType: 'Patient',
  id,
  active: true,
  name: [{ family: 'Berg' }],
});
const member = (...ids: string[]) => ({ hasMember: ids.map((id) => ({ reference: `Observation/${id}` })) });

describe('O119: one record that was two persons’', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', patient('ann'), patient('anne'), observation('x1', 'anne'));
    await world.store('north', observation('a1', 'ann'), observation('a2', 'ann', member('z1')));
    await world.store('north', observation('z1', 'ann', { status: 'preliminary' }));
    const text = { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">Ann Berg</div>' };
    const subject = { reference: 'Patient/ann', display: 'Ann Berg', identifier: { value: 'M-ann' } };
    const specimen = {
      contained: [{ resourceType: 'Specimen', id: 's', text }],
      specimen: { reference: '#s' },
    };
    await world.store('north', observation('z1', 'ann', { text, subject, ...specimen }));
    await world.store('north', observation('z2', 'ann'));
    await world.store('north', observation('z-eth', 'ann', sensitive));
    await world.store('north', provenance('of-z1', 'Observation/z1'), provenance('of-a1', 'Observation/a1'));
    await world.store('north', provenance('of-z1-too', 'Observation/z1', 'Patient/ann'));
    await world.erase('north', 'Observation/z2');
  }, 120_000);
  afterAll(() => world?.stop());

  const appOf = (whose: string, labels: string[] = []) =>
    asMember(world, 'north', whose, { sensitive: labels });
  const all = async (whose: string, labels: string[] = []) =>
    idsOf(await (await appOf(whose, labels))('Observation?_sort=_id&_count=50'));
  const acts = async () => (await world.events()).filter(({ action }) => /split$/.test(action));
  const split = (records = RECORDS) => splitPersons(world.moving('north'), { ...SPLIT, records });

  it('moves nothing when the plan names what is not this person’s, or a Patient', async () => {
    for (const wrong of ['Observation/x1', 'Observation/none', 'Patient/ann'])
      await expect(split(['Observation/z1', wrong])).rejects.toThrow(wrong);
    expect(await all('ann', [ETH])).toEqual(['a1', 'a2', 'z-eth', 'z1']);
    expect(await acts()).toEqual([]);
  });

  it('is the other’s as far as the plan says, with deletions and what is about it, and nothing in it says whose it was', async () => {
    const { records, stillNaming } = await split();
    expect(records.sort()).toEqual([...RECORDS, 'Provenance/of-z1', 'Provenance/of-z1-too'].sort());
    expect(stillNaming).toEqual(['Observation/a2']);
    expect([await all('ann', [ETH]), await all('zoe')]).toEqual([['a1', 'a2'], ['z1']]);
    const zoe = await appOf('zoe');
    expect(idsOf(await zoe('Observation?patient=Patient/zoe'))).toEqual(['z1']);
    expect(idsOf(await zoe('Provenance?_sort=_id'))).toEqual(['of-z1', 'of-z1-too']);
    expect((await zoe('Provenance/of-z1-too')).text).toContain('Patient/zoe');
    expect((await zoe('Observation/z2')).status).toBe(410);
    const versions = bundleOf(await zoe('Observation/z1/_history')).entry ?? [];
    expect(
      versions.map(({ resource }) => [resource['status'], resource['subject'], resource['text']]),
    ).toEqual([['final', { reference: 'Patient/zoe' }, undefined]]);
    for (const path of ['Observation/z1', 'Observation/z1/_history', 'Observation?_sort=_id', 'Provenance'])
      expect((await zoe(path)).text).not.toMatch(/Patient\/ann|Ann Berg|M-ann/);
    expect((await zoe('Observation/z1')).text).toContain('"Specimen"');
    const ann = await appOf('ann');
    for (const path of ['Observation/z1', 'Observation/z2', 'Observation/z1/_history', 'Provenance/of-z1'])
      expect((await ann(path)).status).toBe(404);
    expect(idsOf(await ann('Provenance'))).toEqual(['of-a1']);
    const { rows } = await world.admin.query(
      `SELECT member FROM resource WHERE type = 'Patient' AND id = 'ann' AND form = 0`,
    );
    expect(rows).toEqual([{ member: 'ann' }]);
    expect(await all('anne')).toEqual(['x1']);
  });

  it('has what is withheld withheld from the other’s apps too', async () => {
    expect((await (await appOf('zoe'))('Observation/z-eth')).status).toBe(404);
    expect(await all('zoe', [ETH])).toEqual(['z-eth', 'z1']);
  });

  it('leaves an event in both trails that names neither other; the same again leaves none', async () => {
    for (const { member: whose, request } of await acts()) {
      expect(['ann', 'zoe']).toContain(whose);
      expect(request).toBe('c-2: two namesakes (5 records)');
    }
    expect((await split()).records).toHaveLength(5);
    expect(await acts()).toHaveLength(2);
  });

  it('a later file that still says the first person is rejected, and restores nothing', async () => {
    const later = { meta: { lastUpdated: '2100-01-01T00:00:00Z' } };
    for (const again of [observation('z1', 'ann', { status: 'amended' }), observation('z2', 'ann', later)])
      await expect(world.store('north', again)).rejects.toThrow('withdrawn');
    await world.store('north', observation('z1', 'zoe', { status: 'amended' }), observation('z3', 'zoe'));
    await world.store('north', observation('a3', 'ann'), provenance('late', 'Observation/z1'));
    expect([await all('ann'), await all('zoe')]).toEqual([
      ['a1', 'a2', 'a3'],
      ['z1', 'z3'],
    ]);
    expect(idsOf(await (await appOf('zoe'))('Provenance?_sort=_id'))).toContain('late');
  });

  it('is one record again when it is undone; what has come for the other person stays hers', async () => {
    const { records } = await unsplitPersons(world.moving('north'), SPLIT);
    expect(records).toHaveLength(6);
    expect([await all('ann', [ETH]), await all('zoe', [ETH])]).toEqual([
      ['a1', 'a2', 'a3', 'z-eth', 'z1'],
      ['z3'],
    ]);
    const [ann, zoe] = [await appOf('ann'), await appOf('zoe')];
    expect((await ann('Observation/z2')).status).toBe(410);
    expect(idsOf(await ann('Provenance?_sort=_id'))).toEqual(['late', 'of-a1', 'of-z1', 'of-z1-too']);
    for (const path of ['Observation/z1', 'Observation/z1/_history', 'Observation/z2'])
      expect((await zoe(path)).status).toBe(404);
    const former = bundleOf(await ann('Observation/z1/_history')).entry ?? [];
    expect(former.map(({ resource }) => resource['status'])).toContain('preliminary');
    await world.store('north', observation('z1', 'ann', { status: 'corrected' }));
    expect((await ann('Observation/z1')).text).toContain('corrected');
    expect(await acts()).toHaveLength(4);
    await unsplitPersons(world.moving('north'), SPLIT);
    expect(await acts()).toHaveLength(4);
    // Somebody gives the command the file of before the undo.
    await expect(split()).rejects.toThrow(`the change ${SPLIT.change} was taken back`);
    expect(await all('zoe', [ETH])).toEqual(['z3']);
  });

  it('is one person’s after all when both are merged, and then files may say so again', async () => {
    const again = { ...SPLIT, change: 'c-3', records: RECORDS };
    await splitPersons(world.moving('north'), again);
    expect(await all('ann', [ETH])).toEqual(['a1', 'a2', 'a3']);
    const merge = { change: 'c-4', replaced: 'zoe', survivor: 'ann', reason: 'one person' };
    await mergePersons(world.moving('north'), merge);
    expect(await all('ann', [ETH])).toEqual(['a1', 'a2', 'a3', 'z-eth', 'z1', 'z3']);
    await world.store('north', observation('z1', 'ann', { status: 'cancelled' }));
    expect((await (await appOf('ann'))('Observation/z1')).text).toContain('cancelled');
  });
});
