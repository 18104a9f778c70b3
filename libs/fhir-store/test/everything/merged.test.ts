/** The record of a person who had two records (docs/adr/0093-follow-persons-whose-numbers-change.md): she has two Patients. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mergePersons } from '../../src/ingest/persons/merge-persons.ts';
import { asMember, bundleOf, nextOf, startWorld, type World } from '../world.ts';

const OWN = ['Patient/bea', 'Patient/ann', 'Patient/cleo', 'Coverage/of-bea'];

describe('$everything of a member with several Patients', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({}, 'coverage-service');
    for (const id of ['ann', 'bea', 'cleo', 'dora'])
      await world.store('north', { resourceType: 'Patient', id, active: true });
    await world.store('north', {
      resourceType: 'Coverage',
      id: 'of-bea',
      beneficiary: { reference: 'Patient/bea' },
    });
    for (const replaced of ['ann', 'cleo']) {
      const merge = { change: `c-${replaced}`, replaced, survivor: 'bea', reason: 'two cards' };
      await mergePersons(world.moving('north'), merge);
    }
  });
  afterAll(() => world?.stop());

  it.each([1, 2, 3, 4, 50])('has each of them once, her own first, in pages of %i', async (count) => {
    const bea = await asMember(world, 'north', 'bea');
    const found: string[] = [];
    const first = `Patient/$everything?_count=${count}`;
    for (let path: string | undefined = first; path && !path.endsWith('_part=claims-service');) {
      const answer = await bea(path);
      expect(answer.status).toBe(200);
      const { entry = [] } = bundleOf(answer);
      found.push(...entry.map(({ resource: { resourceType, id } }) => `${resourceType}/${id}`));
      path = nextOf(answer, 'north');
    }
    expect(found).toEqual(OWN);
  });
});
