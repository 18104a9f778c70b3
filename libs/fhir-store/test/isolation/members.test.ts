import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation, condition } from '@patient-access/testing';
import {
  type Asker,
  asMember,
  base,
  bundleOf,
  idsOf,
  startWorld,
  withoutRequestId,
  type World,
} from '../world.ts';
import { expectOnlyOwn } from './assertions.ts';

describe('another member', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      observation('anna-1', 'anna', { focus: [{ reference: 'Observation/ben-1' }] }),
    );
    await world.store('north', observation('ben-1', 'ben'), condition('ben-c', 'ben'));
    await world.store('north', observation('ben-1', 'ben', { status: 'amended' }));
    await world.store(
      'south',
      observation('south-1', 'anna'),
      observation('anna-1', 'anna', { status: 'amended' }),
    );
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  it('never appears in the results of a search', async () => {
    const everything = await anna('Observation?_total=accurate');
    expectOnlyOwn(idsOf(everything));
    expect(bundleOf(everything).total).toBe(1);
    for (const query of ['_id=ben-1', '_id=south-1', 'status=amended', '_id=ben-1&_summary=count']) {
      const bundle = bundleOf(await anna(`Observation?${query}&_total=accurate`));
      expect([query, bundle.total, bundle.entry]).toEqual([query, 0, undefined]);
    }
  });

  it.each(['Observation/{}', 'Observation/{}/_history/1', 'Observation/{}/_history/2'])(
    'is answered at %s, byte for byte, as if the resource did not exist (case F02)',
    async (path) => {
      const [theirs, nobodys] = [
        await anna(path.replace('{}', 'ben-1')),
        await anna(path.replace('{}', 'zzz-1')),
      ];
      expect(theirs.status).toBe(404);
      expect(withoutRequestId(theirs)).toEqual(withoutRequestId(nobodys));
    },
  );

  const SPELLINGS = [
    'patient={}',
    'patient=Patient/{}',
    'patient:Patient={}',
    `patient=${base('north')}/Patient/{}`,
    'patient=https%3A%2F%2Fother.example%2FPatient%2F{}',
    'patient=urn:uuid:{}',
    'patient=anna,{}',
    'patient=anna&patient={}',
    'patient={}&patient=anna',
    'subject={}',
    'subject=Patient/{}',
    'patient.identifier={}',
    'patient:identifier=urn:ssn|{}',
    'subject.name={}',
    'patient=%42%65n-{}',
    `patient=${base('north')}/Patient/{}/_history/1`,
    'patient=urn:oid:1.2.{}',
    `subject=${base('south')}/Patient/{}`,
    '_count=0&patient={}',
    'patient=anna&_summary=count&subject={}',
  ];

  it.each(SPELLINGS)('cannot be searched for with %s (cases F04, F05)', async (query) => {
    const [ben, nobody] = await Promise.all(
      ['ben', 'zzz'].map((id) => anna(`Observation?${query.replace('{}', id)}`)),
    );
    expect(ben?.status).toBe(403);
    expect(ben?.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(ben && withoutRequestId(ben)).toEqual(nobody && withoutRequestId(nobody));
    const { request, ...event } =
      (await world.events()).find(({ requestId }) => requestId === ben?.requestId) ?? {};
    expect(event).toMatchObject({ outcome: '4', reason: 'member-other', member: 'anna' });
    expect([request?.includes(query.split('=')[0] ?? ''), JSON.stringify(event)]).toEqual([
      true,
      expect.not.stringContaining('ben'),
    ]);
  });

  it('is refused before any data is read, even while the tables are locked', async () => {
    const lock = await world.admin.connect();
    try {
      await lock.query('BEGIN; LOCK TABLE resource, search_value, resource_history');
      for (const [path, status] of [
        ['Observation?patient=ben', 403],
        ['Patient/ben/Observation', 403],
        ['Observation?_filter=x', 400],
        ['Observation', 503],
      ] as const)
        expect([path, (await anna(path)).status]).toEqual([path, status]);
    } finally {
      await lock.query('ROLLBACK');
      lock.release();
    }
  });

  it('gets their own answer to the same search at the same time (case F54)', async () => {
    const ben = await asMember(world, 'north', 'ben');
    const other = await asMember(world, 'south', 'anna');
    const expected = [['anna-1'], ['ben-1'], ['south-1', 'anna-1']].map((ids) => ids.sort());
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all([anna, ben, other].map((ask) => ask('Observation?code=8867-4')));
      expect(answers.map((answer) => idsOf(answer).sort())).toEqual(expected);
    }
    const narrow = await asMember(world, 'north', 'anna', { scope: 'patient/Condition.rs' });
    expect((await narrow('Observation?code=8867-4')).status).toBe(403);
  });

  it('cannot be searched for in the body of a POST, whatever the URL says (case F24)', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const ask = (path: string, body: string) => anna(path, { method: 'POST', headers, body });
    expect((await ask('Observation/_search', 'patient=ben')).status).toBe(403);
    expect((await ask('Observation/_search?patient=anna', 'patient=ben')).status).toBe(403);
    expect((await ask('Observation/_search?patient=ben', 'patient=anna')).status).toBe(403);
    expect(idsOf(await ask('Observation/_search?patient=anna', 'patient=anna'))).toEqual(['anna-1']);
  });

  it('cannot be reached by headers that claim to be someone else', async () => {
    const headers = {
      'x-member': 'ben',
      'x-patient': 'ben',
      'x-tenant': 'south',
      'x-response-subject': 'north/ben',
    };
    expectOnlyOwn(idsOf(await anna('Observation', { headers })));
    expect((await anna('Observation/ben-1', { headers })).status).toBe(404);
  });
});

describe('two tenants with the same ids', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna', { note: [{ text: 'of north' }] }));
    await world.store('south', observation('o-1', 'anna', { note: [{ text: 'of south' }] }));
  });
  afterAll(() => world?.stop());

  it('each serve their own data (case T02)', async () => {
    for (const tenant of ['north', 'south']) {
      const member = await asMember(world, tenant, 'anna');
      for (const path of ['Observation/o-1', 'Observation', 'Observation/o-1/_history/1'])
        expect((await member(path)).text).toContain(`of ${tenant}`);
    }
  });

  it('refuse the paths and tokens of each other', async () => {
    const north = await asMember(world, 'north', 'anna');
    expect((await north('../south/Observation/o-1')).status).toBe(404);
    const stranger = await asMember(world, 'north', 'anna', { tenant: 'south' });
    expect((await stranger('Observation/o-1')).status).toBe(401);
  });
});
