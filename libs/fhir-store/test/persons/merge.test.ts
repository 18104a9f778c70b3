/** Two records that are one person's (docs/adr/0093-follow-persons-whose-numbers-change.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { mergePersons, unmergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { listSaidMerges, saidMerges } from '../../src/ingest/persons/said-replacements.ts';
import { ETH, provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const MERGE = { change: 'c-1', replaced: 'ann', survivor: 'anna', reason: 'two cards' };
const [system = '', code = ''] = ETH.split('|');
const sensitive = { meta: { security: [{ system, code }] } };
const patient = (id: string, more: object = {}): Resource => ({
  resourceType: 'Patient',
  id,
  active: true,
  name: [{ family: 'Berg' }],
  ...more,
});

describe('O110: two records that are one person’s', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', patient('anna'), patient('ann'), patient('anne'));
    await world.store('north', observation('a1', 'anna'), observation('x1', 'anne'));
    await world.store('north', observation('o1', 'ann', { status: 'preliminary' }), observation('o2', 'ann'));
    await world.store('north', observation('o1', 'ann'), provenance('of-o1', 'Observation/o1'));
    await world.store('north', observation('eth', 'ann', sensitive));
    await world.store('north', observation('o4', 'ann', { hasMember: [{ reference: 'Observation/eth' }] }));
    await world.store('north', observation('wrong', 'ann'));
    await world.erase('north', 'Observation/o2');
    await world.withdraw('north', {
      member: 'ann',
      record: { type: 'Observation', id: 'wrong' },
      reason: 'not hers',
    });
  }, 120_000);
  afterAll(() => world?.stop());

  const all = async (member: string, labels: string[] = []) => {
    const app = await asMember(world, 'north', member, { sensitive: labels });
    return idsOf(await app('Observation?_sort=_id&_count=50'));
  };
  const stored = async (id: string): Promise<Record<string, unknown>> => {
    const { rows } = await world.admin.query<{ member: string; body: string }>(
      `SELECT member, body FROM resource WHERE type = 'Patient' AND id = $1 AND form = 0`,
      [id],
    );
    const body = JSON.parse(rows[0]?.body ?? '{}') as object;
    return { ...body, member: rows[0]?.member };
  };
  /** Up to which instant a first page of each member has all changes (ADR 118). */
  const instants = async () => {
    const { rows } = await world.admin.query<{ member: string; at: Date }>(
      `SELECT member, at FROM member_change WHERE tenant = 'north'`,
    );
    return new Map(rows.map(({ member, at }) => [member, at]));
  };
  const acts = async () =>
    (await world.events()).filter(({ action }) => action === 'merge' || action === 'unmerge');

  it('become the survivor’s, with versions and deletions, and are found as hers', async () => {
    const before = await instants();
    const { records } = await mergePersons(world.moving('north'), MERGE);
    expect(records.sort()).toEqual([
      'Observation/eth',
      'Observation/o1',
      'Observation/o2',
      'Observation/o4',
      'Patient/ann',
      'Provenance/of-o1',
    ]);
    const after = await instants();
    for (const member of ['ann', 'anna'])
      expect(Number(after.get(member))).toBeGreaterThan(Number(before.get(member)));
    expect(await all('anna')).toEqual(['a1', 'o1', 'o4']);
    const anna = await asMember(world, 'north', 'anna');
    expect(idsOf(await anna('Observation?patient=Patient/anna&_sort=_id'))).toEqual(['a1', 'o1', 'o4']);
    expect(idsOf(await anna('Provenance'))).toEqual(['of-o1']);
    expect((await anna('Observation/o2')).status).toBe(410);
    const versions = bundleOf(await anna('Observation/o1/_history')).entry ?? [];
    expect(versions.map(({ resource }) => [resource['status'], resource['subject']])).toEqual([
      ['final', { reference: 'Patient/anna' }],
      ['final', { reference: 'Patient/ann' }],
      ['preliminary', { reference: 'Patient/ann' }],
    ]);
    expect(await all('ann')).toEqual([]);
    const ann = await asMember(world, 'north', 'ann');
    for (const path of ['Observation/o1', 'Observation/o2', 'Observation/o1/_history'])
      expect((await ann(path)).status).toBe(404);
    expect(await all('anne')).toEqual(['x1']);
  });

  it('have what is withheld withheld from the survivor’s apps too', async () => {
    const anna = await asMember(world, 'north', 'anna');
    expect((await anna('Observation/eth')).status).toBe(404);
    expect((await anna('Observation/o4')).text).not.toContain('eth');
    expect(await all('anna', [ETH])).toEqual(['a1', 'eth', 'o1', 'o4']);
  });

  it('are said by the links of both Patients, and by an event in both trails that names neither other', async () => {
    expect(await stored('ann')).toMatchObject({
      member: 'anna',
      active: false,
      link: [{ other: { reference: 'Patient/anna' }, type: 'replaced-by' }],
    });
    expect(await stored('anna')).toMatchObject({
      member: 'anna',
      active: true,
      link: [{ other: { reference: 'Patient/ann' }, type: 'replaces' }],
    });
    const events = await acts();
    expect(events.map(({ member }) => member)).toEqual(expect.arrayContaining(['ann', 'anna']));
    for (const { member, request } of events)
      expect([member, request]).toEqual([member, 'c-1: two cards (6 records)']);
    expect(await mergePersons(world.moving('north'), MERGE)).toEqual({ records: [] });
    expect(await acts()).toHaveLength(2);
  });

  it('a later file with the former id is filed under the survivor, and takes nothing back', async () => {
    await world.store('north', observation('late', 'ann'), observation('o1', 'ann', { status: 'amended' }));
    await world.store('north', provenance('of-late', 'Observation/late', 'Patient/ann'));
    await world.store('north', provenance('of-late-too', 'Observation/late'));
    expect(await all('anna')).toEqual(['a1', 'late', 'o1', 'o4']);
    const anna = await asMember(world, 'north', 'anna');
    expect((await anna('Provenance/of-late')).text).toContain('Patient/anna');
    await expect(world.store('north', patient('ann'))).rejects.toThrow('replaced: this person is anna now');
    await expect(world.store('north', observation('wrong', 'ann'))).rejects.toThrow('withdrawn');
    const link = [{ other: { reference: 'Patient/anna' }, type: 'replaced-by' }];
    await world.store('north', patient('ann', { active: false, link }));
    expect(await stored('ann')).toMatchObject({ active: false });
  });

  it('a later file of the survivor’s own Patient takes no link away, and is known when it comes again', async () => {
    const link = [{ other: { reference: 'Patient/ann' }, type: 'replaces' }];
    const seealso = { other: { reference: 'Patient/anne' }, type: 'seealso' };
    for (const [sent, links] of [
      [patient('anna', { gender: 'female' }), link],
      [patient('anna', { link: [seealso] }), [seealso, ...link]],
      [patient('anna', { gender: 'female', link }), link],
    ] as const) {
      await world.store('north', sent);
      const { meta, link: said } = await stored('anna');
      expect(said).toEqual(links);
      await world.store('north', sent);
      expect((await stored('anna'))['meta']).toEqual(meta);
    }
    await world.store('north', patient('anna'));
    expect(await saidMerges(world.moving('north').databases.own, 'north')).toEqual([]);
  });

  it('are two persons’ again when it is undone, with what came in between', async () => {
    expect((await unmergePersons(world.moving('north'), MERGE)).records).toHaveLength(9);
    expect(await all('anna')).toEqual(['a1']);
    expect(await all('ann')).toEqual(['late', 'o1', 'o4']);
    const ann = await asMember(world, 'north', 'ann');
    expect(idsOf(await ann('Observation?patient=Patient/ann&_sort=_id'))).toEqual(['late', 'o1', 'o4']);
    expect((await ann('Observation/o2')).status).toBe(410);
    expect(idsOf(await ann('Provenance?_sort=_id'))).toEqual(['of-late', 'of-late-too', 'of-o1']);
    expect(await stored('ann')).toMatchObject({ member: 'ann', active: true });
    expect([(await stored('ann'))['link'], (await stored('anna'))['link']]).toEqual([undefined, undefined]);
    expect(await saidMerges(world.moving('north').databases.own, 'north')).toEqual([]);
    const anna = await asMember(world, 'north', 'anna');
    expect((await anna('Observation/o1')).status).toBe(404);
    expect((await anna('Observation/o1/_history')).status).toBe(404);
    await world.store('north', patient('ann', { gender: 'female' }), observation('o9', 'ann'));
    expect(await all('ann')).toEqual(['late', 'o1', 'o4', 'o9']);
    expect(await unmergePersons(world.moving('north'), MERGE)).toEqual({ records: [] });
  });

  it('stay two persons when somebody gives the command the file of before the undo', async () => {
    await expect(mergePersons(world.moving('north'), MERGE)).rejects.toThrow(
      `the change ${MERGE.change} was taken back`,
    );
    expect([await all('anna'), await all('ann')]).toEqual([['a1'], ['late', 'o1', 'o4', 'o9']]);
  });

  it('a file that says so moves nothing: the merge is listed, with what speaks against it', async () => {
    const link = (type: string, id: string) => ({ link: [{ other: { reference: `Patient/${id}` }, type }] });
    const ida = { name: [{ family: 'Ødegård', given: ['Ída'] }], birthDate: '1980-01-02', gender: 'female' };
    const same = { ...ida, name: [{ family: 'ØDEGÅRD', given: ['Ida', 'Marie'] }] };
    const south = (...resources: Resource[]) => world.store('south', ...resources);
    const said = async () =>
      (await saidMerges(world.moving('south').databases.own, 'south')).map(
        ({ from, to, doubts }) => `${from} ${to} ${doubts.join(', ')}`,
      );
    await south(patient('i1', ida), patient('i2', { ...same, ...link('replaces', 'i1') }));
    await south(observation('of-i1', 'i1'), patient('i3', { ...ida, ...link('replaced-by', 'i9') }));
    await south(patient('i4', { ...same, birthDate: '1980-01-03', ...link('replaced-by', 'i2') }));
    await south(patient('i5', link('seealso', 'i2')), patient('i6', link('replaced-by', 'i6')));
    const listed = ['i1 i2 ', 'i3 i9 not stored', 'i4 i2 birthDate'];
    expect(await said()).toEqual(listed);
    const { owner } = world.moving('south').feed ?? {};
    await listSaidMerges(world.moving('south').databases.own, 'south', { owner: String(owner), by: 'ops' });
    expect((await world.events()).filter(({ action }) => action === 'list-merges')).toMatchObject([
      {
        ...{ kind: 'ingest', user: { sub: 'ops' }, counts: { Patient: 5 } },
        resources: { Patient: 'i1 i2 i3 i9 i4' },
      },
    ]);
    expect(idsOf(await (await asMember(world, 'south', 'i1'))('Observation'))).toEqual(['of-i1']);

    await south(patient('i1', { ...ida, ...link('replaced-by', 'i2') }), patient('i3', ida));
    expect(await said()).toEqual(['i1 i2 ', 'i4 i2 birthDate']);
    await south(patient('i2', { ...same, ...link('replaced-by', 'i1') }));
    expect(await said()).toEqual([
      'i1 i2 each replaces the other',
      'i2 i1 each replaces the other',
      'i4 i2 birthDate',
    ]);
    await south(patient('i2', same));
    const merge = { change: 'c-2', replaced: 'i1', survivor: 'i2', reason: 'the file' };
    await mergePersons(world.moving('south'), merge);
    expect(await said()).toEqual(['i4 i2 birthDate']);
    await world.erase('south', 'Patient/i4');
    expect(await said()).toEqual([]);
    expect(await saidMerges(world.moving('north').databases.own, 'north')).toEqual([]);
  });
});
