/** The resource that `fhirUser` names, asked for at the service that owns it (docs/adr/0065). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asMember, base, startWorld, withoutRequestId, type World } from '../world.ts';

/** Neither Patient nor RelatedPerson: only `fhirUser` can open them. */
const scope = 'openid fhirUser patient/Coverage.rs';
const related = (id: string, patient: string) => ({
  resourceType: 'RelatedPerson',
  id,
  patient: { reference: `Patient/${patient}` },
});

describe('the resource that fhirUser names', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({}, 'coverage-service');
    for (const id of ['anna', 'ben']) await world.store('north', { resourceType: 'Patient', id });
    await world.store('north', related('mother', 'anna'), related('uncle', 'anna'), related('father', 'ben'));
  });
  afterAll(() => world?.stop());

  const asAnna = (fhirUser: string | undefined) => asMember(world, 'north', 'anna', { scope, fhirUser });
  const statusesOf = async (fhirUser: string | undefined, ...paths: string[]) => {
    const ask = await asAnna(fhirUser);
    return Promise.all(paths.map(async (path) => (await ask(path)).status));
  };

  it('is the Patient of a member who logs in for herself, and is read as a read that is recorded', async () => {
    const ask = await asAnna(`${base('north')}/Patient/anna`);
    const { status, text, requestId } = await ask('Patient/anna');
    expect([status, (JSON.parse(text) as { id: string }).id]).toEqual([200, 'anna']);
    const event = (await world.events()).find((each) => each.requestId === requestId);
    expect(event).toMatchObject({ action: 'read', outcome: '0', counts: { Patient: 1 }, member: 'anna' });
    const closed = [
      'Patient',
      'Patient?_id=anna',
      'Patient/anna/_history',
      'Patient/ben',
      'RelatedPerson/mother',
    ];
    expect(await statusesOf('Patient/anna', ...closed)).toEqual(closed.map(() => 403));
  });

  it('A28: is recorded for the member also where the token opens nothing else', async () => {
    const change = {
      scope: 'openid fhirUser',
      patient: undefined,
      fhirUser: `${base('north')}/Patient/anna`,
    };
    const ask = await asMember(world, 'north', 'anna', change);
    const [read, refused] = [await ask('Patient/anna'), await ask('Coverage')];
    expect([read.status, refused.status]).toEqual([200, 403]);
    const events = await world.events();
    const of = ({ requestId }: typeof read) => events.find((each) => each.requestId === requestId);
    expect(of(read)).toMatchObject({ outcome: '0', member: 'anna', released: [], counts: { Patient: 1 } });
    expect(of(refused)).toMatchObject({ outcome: '4', reason: 'no-member', member: 'anna', released: [] });
  });

  it('is the RelatedPerson in the record of the member for whom a person acts, and no other', async () => {
    const fhirUser = `${base('north')}/RelatedPerson/mother`;
    expect(await statusesOf(fhirUser, 'RelatedPerson/mother')).toEqual([200]);
    const closed = ['RelatedPerson/uncle', 'RelatedPerson', 'Patient/anna', 'Patient/ben'];
    expect(await statusesOf(fhirUser, ...closed)).toEqual(closed.map(() => 403));
  });

  it('F62: is not there in another record, just as when it does not exist', async () => {
    const [foreign, none] = await Promise.all(
      ['father', 'nobody'].map(async (id) => (await asAnna(`RelatedPerson/${id}`))(`RelatedPerson/${id}`)),
    );
    expect(foreign?.status).toBe(404);
    const sameBut = (answer: typeof foreign) =>
      JSON.stringify(answer && withoutRequestId(answer)).replaceAll(/father|nobody/g, 'X');
    expect(sameBut(foreign)).toBe(sameBut(none));
  });

  it('F62: opens nothing of a member’s own record to a token for another member', async () => {
    expect(await statusesOf('Patient/ben', 'Patient/ben')).toEqual([403]);
  });

  it('is not opened where it was not granted', async () => {
    expect(await statusesOf(undefined, 'Patient/anna', 'RelatedPerson/mother')).toEqual([403, 403]);
    const ask = await asMember(world, 'north', 'anna', { scope: 'openid', fhirUser: 'Patient/anna' });
    expect((await ask('Patient/anna')).status).toBe(403);
  });
});
