import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation, practitioner } from '@patient-access/testing';
import { asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';

const role = (id: string, of: string) => ({
  resourceType: 'PractitionerRole',
  id,
  practitioner: { reference: `Practitioner/${of}` },
});

describe('a chained search', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', practitioner('p-1', 'Berg'), practitioner('p-2', 'Holm'));
    await world.store('north', role('r-1', 'p-1'), role('r-2', 'p-2'), role('r-3', 'of-south'));
    await world.store('south', practitioner('of-south', 'Berg'));
    await world.store('north', observation('o-1', 'anna'));
  });
  afterAll(() => world?.stop());

  const found = async (scope: string, query: string) =>
    idsOf(await (await asMember(world, 'north', 'anna', { scope }))(`PractitionerRole?${query}`)).sort();

  it('F11: follows a reference only to what a search of its own would find, and to nothing of another plan', async () => {
    expect(await found('patient/*.rs', 'practitioner.name=berg')).toEqual(['r-1']);
    expect(await found('patient/*.rs', 'practitioner:Practitioner.name=holm')).toEqual(['r-2']);
    const both = 'patient/PractitionerRole.rs patient/Practitioner.s';
    expect(await found(both, 'practitioner.name=berg')).toEqual(['r-1']);
  });

  it.each([
    'patient/PractitionerRole.rs',
    'patient/PractitionerRole.rs patient/Practitioner.r',
    'patient/PractitionerRole.rs patient/Practitioner.rs?name=holm',
  ])('F11: reveals nothing that %s does not open', async (scope) => {
    for (const query of [
      'practitioner.name=berg',
      'practitioner.name=nobody',
      'practitioner.name=berg&_total=accurate',
    ])
      expect(await found(scope, query)).toEqual([]);
    const app = await asMember(world, 'north', 'anna', { scope });
    expect(bundleOf(await app('PractitionerRole?practitioner.name=berg&_summary=count')).total).toBe(0);
  });

  it.each([
    'Observation?subject.birthdate=1970-01-01',
    'Observation?patient:Patient.name=x',
    'Observation?focus.code=x',
    'Observation?encounter.location.name=x',
    'CareTeam?participant.name=x',
    'PractitionerRole?organization.name=x',
    'PractitionerRole?practitioner.gender=x',
    'PractitionerRole?practitioner.name.x=y',
  ])('F11: refuses the unsupported chain %s', async (path) => {
    const { status, text } = await (await asMember(world, 'north', 'anna'))(path);
    expect([400, 403]).toContain(status);
    expect(text).not.toContain('entry');
  });
});
