/** The first part of a member's record. It holds the Patient, and says that other services hold the rest. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Asker, asMember, bundleOf, nextOf, startWorld, type World } from '../world.ts';

const coverage = (id: string, beneficiary: string, subscriber: string) => ({
  resourceType: 'Coverage',
  id,
  beneficiary: { reference: `Patient/${beneficiary}` },
  subscriber: { reference: `Patient/${subscriber}` },
});

describe('the first part', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld({}, 'coverage-service');
    for (const id of ['anna', 'ben']) await world.store('north', { resourceType: 'Patient', id });
    await world.store('north', coverage('a', 'anna', 'ben'), coverage('b', 'ben', 'anna'));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const namesOf = async (ask: Asker, path: string) =>
    (bundleOf(await ask(path)).entry ?? []).map(({ resource }) => `${resource.resourceType}/${resource.id}`);

  it('begins with the Patient, and its last page links to the next part', async () => {
    expect(await namesOf(anna, 'Patient/$everything')).toEqual(['Patient/anna', 'Coverage/a']);
    const first = await anna('Patient/$everything?_count=1');
    expect(await namesOf(anna, 'Patient/$everything?_count=1')).toEqual(['Patient/anna']);
    const second = nextOf(first, 'north') ?? '';
    expect(await namesOf(anna, second)).toEqual(['Coverage/a']);
    expect(nextOf(await anna(second), 'north')).toBe('Patient/$everything?_count=1&_part=claims-service');
  });

  it('says how much room its last page has, and is then not compressed', async () => {
    const roomOf = async (path: string, headers = {}) => (await anna(path, { headers })).headers['x-room'];
    expect(await roomOf('Patient/$everything')).toBe('48');
    expect(await roomOf('Patient/$everything?_type=Claim&_count=7')).toBe('7');
    // The page is full, or another page of this part follows.
    for (const count of [1, 2]) expect(await roomOf(`Patient/$everything?_count=${count}`)).toBeUndefined();
    // The gateway has a part of the page already.
    expect(await roomOf('Patient/$everything', { 'x-room': '3' })).toBe('1');
    const { headers, text } = await anna('Patient/$everything', {
      headers: { 'accept-encoding': 'gzip', 'x-room': '1' },
    });
    expect(headers).not.toHaveProperty('x-room');
    expect(headers['content-encoding'] === undefined && bundleOf({ text } as never).entry).toHaveLength(1);
  });

  it('does not compress a page for which the gateway has to add includes', async () => {
    const query = 'Coverage?_include=Coverage:subscriber&_include=Coverage:*&_total=accurate';
    const { headers, text } = await anna(query, { headers: { 'accept-encoding': 'gzip' } });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(JSON.parse(String(headers['x-includes']))).toEqual({
      include: [
        { type: 'Coverage', parameter: 'subscriber' },
        { type: 'Coverage', parameter: '*' },
      ],
      revinclude: [],
    });
    expect(JSON.parse(text)).toMatchObject({ total: 1, entry: [{ resource: { id: 'a' } }] });
    const self = bundleOf({ text } as never).link[0]?.url ?? '';
    expect(new URL(self).searchParams.getAll('_include')).toEqual(['Coverage:subscriber', 'Coverage:*']);
    expect((await anna('Coverage?_id=nil&_include=Coverage:*')).headers).not.toHaveProperty('x-includes');
  });

  it.each([
    '_include=Coverage:unknown',
    '_include=Coverage:*&_elements=id',
    '_include=Coverage:*&_summary=true',
  ])('refuses a search with %s', async (query) => {
    expect((await anna(`Coverage?${query}`)).status).toBe(400);
  });

  it('keeps the includes on every page', async () => {
    await world.store('north', coverage('a2', 'anna', 'ben'));
    const first = await anna('Coverage?_count=1&_include=Coverage:subscriber');
    const second = await anna(nextOf(first, 'north') ?? '');
    expect(second.headers['x-includes']).toBe(first.headers['x-includes']);
  });
});
