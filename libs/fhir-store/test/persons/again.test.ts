/** What was another person's before, and persons who are merged more than once (docs/adr/0093-follow-persons-whose-numbers-change.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { mergePersons, unmergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { splitPersons, unsplitPersons } from '../../src/ingest/persons/split-persons.ts';
import { provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const LATER = { meta: { lastUpdated: '2999-01-01T00:00:00Z' } };
const patient = (id: string, more: object = {}): Resource => ({ resourceType: 'Patient', id, ...more });

describe('O110: two records that are one person’s', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 120_000);
  afterAll(() => world?.stop());

  const merge = (change: string, replaced: string, survivor: string) => {
    const order = { change, replaced, survivor, reason: 'two cards' };
    return {
      begin: () => mergePersons(world.moving('north'), order),
      undo: () => unmergePersons(world.moving('north'), order),
    };
  };
  const appOf = (whose: string) => asMember(world, 'north', whose);
  const all = async (whose: string) => idsOf(await (await appOf(whose))('Observation?_sort=_id&_count=50'));

  it('what had stood under the one, and was the other’s already, stays hers when it is undone', async () => {
    await world.store('north', patient('a1'), patient('a2'));
    await world.store(
      'north',
      observation('mixed', 'a1'),
      observation('own', 'a1'),
      observation('gone', 'a1'),
    );
    await world.erase('north', 'Observation/gone');
    await world.store('north', observation('mixed', 'a2'), observation('gone', 'a2', LATER));
    const { begin, undo } = merge('m-1', 'a1', 'a2');
    expect((await begin()).records.sort()).toEqual(['Observation/own', 'Patient/a1']);
    expect(await all('a2')).toEqual(['gone', 'mixed', 'own']);
    await undo();
    expect([await all('a1'), await all('a2')]).toEqual([['own'], ['gone', 'mixed']]);
  });

  it('what the survivor had before its deletion has each version once, and can be deleted', async () => {
    await world.store('north', patient('b1'), patient('b2'), observation('back', 'b2'));
    await world.erase('north', 'Observation/back');
    await world.store('north', observation('back', 'b1', { ...LATER, status: 'amended' }));
    await merge('m-2', 'b1', 'b2').begin();
    const app = await appOf('b2');
    const methods = async () =>
      (bundleOf(await app('Observation/back/_history')).entry ?? []).map(
        (entry) => (entry as unknown as { request: { method: string } }).request.method,
      );
    expect(await methods()).toEqual(['PUT', 'PUT', 'DELETE', 'PUT']);
    await world.erase('north', 'Observation/back');
    expect((await app('Observation/back')).status).toBe(410);
    expect((await methods())[0]).toBe('DELETE');
  });

  it('what was withdrawn from the survivor stays away from her again when it is undone', async () => {
    await world.store('north', patient('d1'), patient('d2'), observation('mistake', 'd2'));
    const record = { type: 'Observation', id: 'mistake' };
    const to = { member: 'd1', id: 'mistake' };
    await world.withdraw('north', { member: 'd2', record, reason: 'mixed up', to });
    const { begin, undo } = merge('m-5', 'd1', 'd2');
    await begin();
    await world.store('north', observation('mistake', 'd2', { status: 'amended' }));
    await undo();
    await expect(world.store('north', observation('mistake', 'd2'))).rejects.toThrow('withdrawn');
    expect([await all('d1'), await all('d2')]).toEqual([['mistake'], []]);
  });

  it('what was withdrawn from one of them stays away, whichever of her numbers a file says', async () => {
    for (const id of ['g1', 'g2', 'g3']) await world.store('north', patient(id));
    const wrongs = ['wrong-1', 'wrong-2'] as const;
    await world.store('north', observation('wrong-1', 'g1'), observation('filed', 'g1'));
    const away = (member: string, id: string, to?: { member: string; id: string }) =>
      world.withdraw('north', {
        member,
        record: { type: 'Observation', id },
        reason: 'mixed up',
        ...(to && { to }),
      });
    await away('g1', 'wrong-1');
    await away('g1', 'filed', { member: 'g2', id: 'filed' });
    await merge('m-7', 'g1', 'g2').begin();
    await world.store('north', observation('wrong-2', 'g2'));
    await away('g2', 'wrong-2');
    const second = merge('m-8', 'g2', 'g3');
    const refused = async (member: string) => {
      for (const id of wrongs)
        await expect(world.store('north', observation(id, member))).rejects.toThrow('withdrawn');
    };
    await refused('g2');
    await second.begin();
    await refused('g3');
    await expect(world.store('north', observation('wrong-2', 'g1'))).rejects.toThrow('withdrawn');
    await world.store('north', observation('filed', 'g3', { status: 'amended' }));
    expect(await all('g3')).toEqual(['filed']);
    await second.undo();
    await world.store('north', observation('wrong-1', 'g3'));
    expect([await all('g2'), await all('g3')]).toEqual([['filed'], ['wrong-1']]);
  });

  it('what was withdrawn from the one as the other’s can be filed under the other after the merge', async () => {
    await world.store('north', patient('n1'), patient('n2'), patient('n3'));
    await world.store('north', observation('of-n2', 'n1'), observation('told', 'n1'));
    const away = (member: string, id: string, to?: { member: string; id: string }) =>
      world.withdraw('north', {
        member,
        record: { type: 'Observation', id },
        reason: 'mixed up',
        ...(to && { to }),
      });
    await away('n1', 'of-n2');
    await away('n1', 'told');
    await merge('m-30', 'n1', 'n2').begin();
    const reason = 'withdrawn: it was filed by mistake under n1, who is this person now';
    await expect(world.store('north', observation('of-n2', 'n2'))).rejects.toThrow(reason);
    await world.store('north', observation('of-n2-again', 'n2'));
    await world.store('north', observation('told', 'n3'));
    const filed = await away('n3', 'told', { member: 'n2', id: 'told' });
    expect(filed).toMatchObject({ filed: 'Observation/told' });
    await world.store('north', observation('told', 'n2', { status: 'amended' }));
    expect(await all('n2')).toEqual(['of-n2-again', 'told']);
  });

  it('a merge is refused whose survivor is the other one already, as in a database that came from a backup', async () => {
    await world.store('north', patient('h1'), patient('h2'), patient('h3'), observation('hers', 'h1'));
    await merge('m-20', 'h1', 'h2').begin();
    await merge('m-21', 'h2', 'h3').begin();
    await expect(merge('m-22', 'h3', 'h1').begin()).rejects.toThrow(
      'h1 is h3 in this database, by the change m-20, m-21',
    );
    await world.store('north', observation('later', 'h1'));
    expect(await all('h3')).toEqual(['hers', 'later']);
  });

  it('a merge is refused of a person who was merged otherwise there, and the same again is not', async () => {
    await world.store('north', patient('i1'), patient('i2'), patient('i3'), observation('of-i1', 'i1'));
    const restored = merge('m-23', 'i1', 'i2');
    await restored.begin();
    for (const survivor of ['i2', 'i3'])
      await expect(merge('m-24', 'i1', survivor).begin()).rejects.toThrow(
        'i1 is i2 in this database, by the change m-23',
      );
    expect(await restored.begin()).toEqual({ records: [] });
    expect([await all('i2'), await all('i3')]).toEqual([['of-i1'], []]);
    await restored.undo();
    await merge('m-24', 'i1', 'i3').begin();
    await merge('m-25', 'i3', 'i2').begin();
    expect(await merge('m-24', 'i1', 'i3').begin()).toEqual({ records: [] });
    expect(await all('i2')).toEqual(['of-i1']);
  });

  it('two persons who replace each other already are imported, and put right by undoing both merges', async () => {
    await world.store('north', patient('j1'), patient('j2'), observation('of-j1', 'j1'));
    const [restored, later] = [merge('m-26', 'j1', 'j2'), merge('m-27', 'j2', 'j1')];
    await restored.begin();
    // As a build before this one, which did not refuse it.
    const table = 'replaced_person';
    const { rows } = await world.admin.query<{ row: object }>(
      `DELETE FROM ${table} WHERE tenant = 'north' AND change = 'm-26' RETURNING to_jsonb(${table}) AS row`,
    );
    await later.begin();
    await world.admin.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`, [
      JSON.stringify(rows[0]?.row),
    ]);
    await world.store('north', observation('late-1', 'j1'), observation('late-2', 'j2'));
    await expect(later.begin()).rejects.toThrow('j1 is j2 in this database, by the change m-26');
    await later.undo();
    await restored.undo();
    expect([await all('j1'), await all('j2')]).toEqual([['late-1', 'of-j1'], ['late-2']]);
  });

  it('what named both of them names each again when it is undone, as long as nothing has changed it', async () => {
    const named = (id: string, more: object = {}) =>
      observation(id, 'e1', {
        subject: { reference: 'Patient/e1', display: 'Junior' },
        performer: [{ reference: 'Patient/e2', display: 'Senior' }],
        ...more,
      });
    await world.store('north', patient('e1'), patient('e2'), named('both'), named('changed'));
    const agent = [{ who: { reference: 'Patient/e2', display: 'Senior' } }];
    await world.store('north', { ...provenance('of-both', 'Observation/both'), agent });
    const { begin, undo } = merge('m-6', 'e1', 'e2');
    await begin();
    await world.store('north', named('changed', { status: 'amended' }));
    await undo();
    const app = await appOf('e1');
    const read = async (id: string) => JSON.parse((await app(`Observation/${id}`)).text) as Resource;
    const { subject, performer } = named('both');
    expect(await read('both')).toMatchObject({ subject, performer });
    expect(JSON.parse((await app('Provenance/of-both')).text)).toMatchObject({ agent });
    expect(await read('changed')).toMatchObject({ status: 'amended', subject: { reference: 'Patient/e1' } });
  });

  it('what named both persons of a split names each again when it is undone, with its text', async () => {
    const both = observation('of-both', 'f1', {
      text: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">Junior</div>' },
      subject: { reference: 'Patient/f1', display: 'Junior' },
      performer: [{ reference: 'Patient/f2', display: 'Senior' }],
    });
    const agent = [{ who: { reference: 'Patient/f2' } }];
    await world.store('north', patient('f1'), patient('f2'), both);
    await world.store('north', { ...provenance('of-split', 'Observation/of-both'), agent });
    const split = { change: 's-1', from: 'f1', to: 'f2', reason: 'two namesakes' };
    await splitPersons(world.moving('north'), { ...split, records: ['Observation/of-both'] });
    expect(await all('f2')).toEqual(['of-both']);
    await unsplitPersons(world.moving('north'), split);
    const app = await appOf('f1');
    const { text, subject, performer } = both;
    expect(JSON.parse((await app('Observation/of-both')).text)).toMatchObject({ text, subject, performer });
    expect(JSON.parse((await app('Provenance/of-split')).text)).toMatchObject({ agent });
  });

  it('who is merged twice is the last one; each merge is undone by itself, and files are followed as far as it stands', async () => {
    await world.store('north', patient('c1'), patient('c2'), patient('c3'));
    await world.store(
      'north',
      observation('of-c1', 'c1'),
      observation('of-c2', 'c2'),
      observation('of-c3', 'c3'),
    );
    const [first, second] = [merge('m-3', 'c1', 'c2'), merge('m-4', 'c2', 'c3')];
    await first.begin();
    await second.begin();
    await world.store('north', observation('late-1', 'c1'), observation('late-2', 'c2'));
    await world.store('north', patient('c3', { gender: 'female' }));
    expect(await all('c3')).toEqual(['late-1', 'late-2', 'of-c1', 'of-c2', 'of-c3']);
    const link = [{ other: { reference: 'Patient/c2' }, type: 'replaced-by' }];
    await world.store('north', patient('c1', { active: false, link }));

    await second.undo();
    await world.store('north', observation('late-3', 'c1'));
    expect([await all('c2'), await all('c3')]).toEqual([
      ['late-1', 'late-2', 'late-3', 'of-c1', 'of-c2'],
      ['of-c3'],
    ]);
    const { rows } = await world.admin.query<{ body: string }>(
      `SELECT body FROM resource WHERE type = 'Patient' AND id = 'c3' AND form = 0`,
    );
    expect(rows.map(({ body }) => JSON.parse(body) as object)).toEqual([
      expect.not.objectContaining({ link: expect.anything() }),
    ]);

    await first.undo();
    expect([await all('c1'), await all('c2')]).toEqual([
      ['late-1', 'late-3', 'of-c1'],
      ['late-2', 'of-c2'],
    ]);
  });
});
