/** A record under the wrong person (docs/adr/0081-take-a-record-from-the-wrong-person-whole.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation } from '@patient-access/testing';
import { Ingest } from '../../src/ingest/ingest.ts';
import { alone } from '../../src/ingest/turns/storing.ts';
import { provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, nextOf, startWorld, withoutRequestId, type World } from '../world.ts';

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'];

describe('F65: a record that stood under the wrong person', () => {
  let world: World;
  let underWay = '';
  beforeAll(async () => {
    world = await startWorld();
    for (const [at, effectiveDateTime] of DAYS.entries())
      await world.store('north', observation(`o${at}`, 'anna', { effectiveDateTime }));
    const named = { reference: 'Patient/anna', display: 'anna long', identifier: { value: 'M-anna' } };
    const text = { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">of anna</div>' };
    const specimen = {
      contained: [{ resourceType: 'Specimen', id: 's', text }],
      specimen: { reference: '#s' },
    };
    const amended = { status: 'amended', effectiveDateTime: DAYS[1], subject: named, text, ...specimen };
    await world.store('north', observation('o1', 'anna', amended));
    await world.store('north', observation('o3', 'anna', { derivedFrom: [{ reference: 'Observation/o1' }] }));
    await world.store('north', provenance('of-o1', 'Observation/o1'), provenance('of-o2', 'Observation/o2'));
    const app = await asMember(world, 'north', 'anna');
    underWay = nextOf(await app('Observation?_sort=_id&_count=1'), 'north') ?? '';
  }, 120_000);
  afterAll(() => world?.stop());

  const mistake = { member: 'anna', record: { type: 'Observation', id: 'o1' }, reason: 'mixed up' };

  it('stays where it is when it cannot be filed as told, or does not stand there', async () => {
    const taken = { ...mistake, to: { member: 'ben', id: 'o2' } };
    await expect(world.withdraw('north', taken)).rejects.toThrow('another record');
    await expect(world.withdraw('north', { ...mistake, member: 'ben' })).rejects.toThrow('does not stand');
    const anna = await asMember(world, 'north', 'anna');
    expect((await anna('Observation/o1')).status).toBe(200);
    expect(idsOf(await anna('Provenance'))).toHaveLength(2);
  });

  it('is gone from the one at once, with its versions and what is only about it, and filed under the other', async () => {
    const done = await world.withdraw('north', { ...mistake, to: { member: 'ben', id: 'b1' } });
    expect(done).toEqual({
      withdrawn: ['Observation/o1', 'Provenance/of-o1'],
      stillNaming: ['Observation/o3'],
      filed: 'Observation/b1',
    });
    const anna = await asMember(world, 'north', 'anna');
    const [gone, absent] = [await anna('Observation/o1'), await anna('Observation/nil')];
    expect([gone.status, withoutRequestId(gone)]).toEqual([404, withoutRequestId(absent)]);
    expect((await anna('Observation/o1/_history')).status).toBe(404);
    expect((await anna('Provenance/of-o1')).status).toBe(404);
    expect(idsOf(await anna('Observation?_sort=_id'))).toEqual(['o0', 'o2', 'o3']);
    const all = bundleOf(await anna('Patient/anna/$everything?_count=100')).entry ?? [];
    expect(all.map(({ resource }) => resource.id).sort()).toEqual(['o0', 'o2', 'o3', 'of-o2']);

    const ben = await asMember(world, 'north', 'ben');
    const filed = await ben('Observation/b1');
    expect(JSON.parse(filed.text)).toMatchObject({
      status: 'amended',
      subject: { reference: 'Patient/ben' },
      contained: [{ resourceType: 'Specimen' }],
    });
    expect(filed.text).not.toContain('anna');
    expect(bundleOf(await ben('Observation/b1/_history')).entry).toHaveLength(1);
  });

  it('is not on the pages of a search that is under way', async () => {
    const anna = await asMember(world, 'north', 'anna');
    expect(idsOf(await anna(underWay))).toEqual(['o2']);
  });

  it('does not come back by a file that still says the same, but may be another’s', async () => {
    const again = observation('o1', 'anna', { meta: { lastUpdated: '2999-01-01T00:00:00Z' } });
    await expect(world.store('north', again)).rejects.toThrow('withdrawn');
    await expect(world.store('north', provenance('of-o1', 'Observation/o2'))).rejects.toThrow('withdrawn');
    await world.store('north', observation('o1', 'carla'));
    expect((await (await asMember(world, 'north', 'carla'))('Observation/o1')).status).toBe(200);
    expect((await (await asMember(world, 'north', 'anna'))('Observation/o1')).status).toBe(404);
  });

  it('leaves an event in the trail of the one, which names nobody else and no app sees', async () => {
    const event = (await world.events()).find(({ action }) => action === 'withdraw');
    expect(event).toMatchObject({
      kind: 'ingest',
      outcome: '0',
      member: 'anna',
      counts: { Observation: 2 },
      request: 'Observation/o1: mixed up',
      user: { sub: 'officer' },
    });
    expect(event?.released).toBeUndefined();
    expect(JSON.stringify(event)).not.toContain('ben');
  });

  it('can be a record that was deleted, which comes back nowhere, and the command completes what was stopped', async () => {
    await world.erase('north', 'Observation/o0');
    const record = { type: 'Observation', id: 'o0' };
    const deleted = { ...mistake, record, to: { member: 'ben', id: 'b0' } };
    const anna = await asMember(world, 'north', 'anna');
    expect((await anna('Observation/o0')).status).toBe(410);
    expect(await world.withdraw('north', deleted)).toEqual({
      withdrawn: ['Observation/o0'],
      stillNaming: [],
      notFiled: 'it was deleted, and would come back',
    });
    expect((await anna('Observation/o0')).status).toBe(404);
    expect((await (await asMember(world, 'north', 'ben'))('Observation/b0')).status).toBe(404);
    expect(await world.withdraw('north', deleted)).toEqual({
      withdrawn: ['Observation/o0'],
      stillNaming: [],
    });
  });

  /** gina's m1 and m2, and what one Provenance says of both; m1 is another's. */
  const startBoth = async (n: string, ...also: string[]) => {
    const [wrong, right] = [`m1-${n}`, `m2-${n}`];
    await world.store('north', observation(wrong, 'gina'), observation(right, 'gina'));
    const both = provenance(`of-both-${n}`, `Observation/${wrong}`, ...also);
    const corrected = provenance(`of-both-${n}`, `Observation/${right}`);
    await world.store('north', both);
    const record = { type: 'Observation', id: wrong };
    const done = await world.withdraw('north', { ...mistake, member: 'gina', record });
    expect(done.withdrawn).toEqual([`Observation/${wrong}`, `Provenance/of-both-${n}`]);
    return { both, corrected, app: await asMember(world, 'north', 'gina') };
  };

  it('takes along what is about others of hers too, which may come again without it', async () => {
    const { corrected, app } = await startBoth('a', 'Observation/m2-a');
    expect((await app('Provenance/of-both-a')).status).toBe(404);
    await world.store('north', corrected);
    expect((await app('Provenance/of-both-a')).status).toBe(200);
    expect(bundleOf(await app('Provenance/of-both-a/_history')).entry).toHaveLength(1);
  });

  it('keeps away what is about others of hers too for as long as that names it', async () => {
    const { both, corrected, app } = await startBoth('b', 'Observation/m2-b');
    const reason = 'withdrawn: it is about Observation/m1-b, which was filed under the wrong person';
    await expect(world.store('north', both)).rejects.toThrow(reason);
    await expect(world.store('north', { ...both, id: 'of-both-again' })).rejects.toThrow(reason);
    // The file that has not changed has the record, too.
    await expect(world.store('north', both, observation('m1-b', 'gina'))).rejects.toThrow('withdrawn');
    expect(idsOf(await app('Provenance?_sort=_id'))).not.toContain('of-both-b');
    const { rows } = await world.admin.query("SELECT FROM awaited_target WHERE id = 'm1-b'");
    expect(rows).toHaveLength(0);
    await world.store('north', corrected);
    await world.store('north', observation('m1-b', 'carla'));
    expect((await app('Provenance/of-both-b')).status).toBe(200);
  });

  it('leaves what stands of a Provenance to wait for its other targets', async () => {
    const { corrected, both, app } = await startBoth('d', 'Observation/m2-d', 'Observation/m3-d');
    const target = [...(corrected['target'] as object[]), { reference: 'Observation/m3-d' }];
    await world.store('north', { ...corrected, target });
    await expect(world.store('north', both)).rejects.toThrow('withdrawn');
    await expect(world.store('north', observation('m3-d', 'carla'))).rejects.toThrow('taken back');
    expect((await app('Provenance/of-both-d')).status).toBe(404);
  });

  it('is all that a Provenance is about that names a Bundle or the plan’s data beside it', async () => {
    const { both, corrected } = await startBoth('c', 'Bundle/x', 'Practitioner/p1');
    const containers = new Map([['Bundle/x', 'gina']]);
    const ingest = new Ingest(alone(world.ingest), 'north');
    const [result] = await ingest.store([{ resource: both, origin: 0, containers }]);
    expect(result).toMatchObject({ status: 'rejected', reason: expect.stringContaining('withdrawn') });
    await expect(world.store('north', corrected)).rejects.toThrow('withdrawn');
  });

  it('can be filed under whom it stood before, and changes there again', async () => {
    await world.store('north', observation('back', 'dora'));
    await world.store('north', observation('back', 'emil'));
    const record = { type: 'Observation', id: 'back' };
    await world.withdraw('north', {
      member: 'emil',
      record,
      reason: 'mixed up',
      to: { member: 'dora', id: 'back' },
    });
    for (const status of ['amended', 'corrected'])
      await world.store('north', observation('back', 'dora', { status }));
    const dora = await asMember(world, 'north', 'dora');
    const versions = bundleOf(await dora('Observation/back/_history')).entry ?? [];
    expect(versions.map(({ resource }) => resource['status'])).toEqual(['corrected', 'amended', 'final']);
  });
});
