/** The last part of a record: an owner says to which resources of the plan its part refers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReferredResources } from '@patient-access/internal-api';
import type { TokenClaims } from '@patient-access/smart';
import { condition, observation } from '@patient-access/testing';
import { type Asker, asMember, base, startWorld, type World } from '../world.ts';

const SUD = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'SUD' };
const by = (...references: string[]) => ({ performer: references.map((reference) => ({ reference })) });
const PART = 'Patient/anna/$everything?_part=reference-data';

describe('the references of a record', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld();
    await world.store(
      'north',
      condition('c1', 'anna', { recorder: { reference: 'Practitioner/p3' } }),
      observation('o1', 'anna', by('Practitioner/p1', 'Practitioner/p2', 'Organization/x')),
      observation('o2', 'anna', by('Practitioner/p2/_history/7', 'Organization/w', 'Patient/anna')),
      observation('o3', 'anna', {
        ...by('Practitioner/p1'),
        note: [{ text: 'says "reference":"Practitioner/in-a-text" to nobody' }],
        contained: [
          { resourceType: 'PractitionerRole', id: 'r', practitioner: { reference: 'Practitioner/p0' } },
        ],
        extension: [{ url: 'urn:x', valueReference: { reference: 'Location/l' } }],
      }),
      observation('secret', 'anna', { meta: { security: [SUD] }, ...by('Practitioner/of-secret') }),
      observation('o1-of-ben', 'ben', by('Practitioner/of-ben')),
    );
    await world.store('south', observation('south', 'anna', by('Practitioner/of-south')));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const withScope = (scope: string, change: Partial<TokenClaims> = {}) =>
    asMember(world, 'north', 'anna', { scope, ...change });
  async function answerOf(ask: Asker, path: string, room = 100): Promise<ReferredResources> {
    const { status, text } = await ask(path, { headers: { 'x-room': String(room) } });
    expect([path, status]).toEqual([path, 200]);
    return JSON.parse(text) as ReferredResources;
  }
  const namesOf = ({ referred }: ReferredResources) => referred.map(({ reference }) => reference);
  const ALL = [
    'Location/l',
    'Organization/w',
    'Organization/x',
    ...['p0', 'p1', 'p2', 'p3'].map((id) => `Practitioner/${id}`),
  ];

  it('are those in any element, each once, in order, without a version', async () => {
    const answer = await answerOf(anna, PART);
    expect(namesOf(answer)).toEqual(ALL);
    expect(answer).toMatchObject({ self: `${base('north')}/${PART}`, room: 50 });
  });

  it('begin behind the reference whose link was followed, as many as three rounds take and one more', async () => {
    const [first, second] = (await answerOf(anna, `${PART}&_count=1`)).referred;
    expect(namesOf(await answerOf(anna, `${PART}&_count=1`))).toEqual(ALL.slice(0, 4));
    expect(namesOf(await answerOf(anna, PART, 1))).toEqual(ALL.slice(0, 4));
    const below = (url = '') => url.slice(base('north').length + 1);
    expect(first?.next).toMatch(/_cursor=[\w-]+&_part=reference-data$/);
    expect(namesOf(await answerOf(anna, below(first?.next)))).toEqual(ALL.slice(1, 5));
    expect(namesOf(await answerOf(anna, below(second?.next), 2))).toEqual(ALL.slice(2, 6));
    // A page of another part goes on here with its own cursor.
    const other = (await anna('Patient/anna/$everything?_count=1')).text;
    const cursor = /_cursor=[\w-]+/.exec(other)?.[0] ?? '';
    expect(
      namesOf(await answerOf(anna, `Patient/anna/$everything?${cursor}&_part=reference-data`, 2)),
    ).toEqual(ALL.slice(0, 4));
    const ben = await asMember(world, 'north', 'ben');
    const stolen = await ben(below(first?.next).replace('anna', 'ben'), { headers: { 'x-room': '1' } });
    expect(stolen.status).toBe(400);
  });

  it('are those of resources that the token opens, to types that it opens', async () => {
    const conditions = await withScope('patient/Condition.rs patient/Practitioner.r');
    expect(namesOf(await answerOf(conditions, PART))).toEqual(['Practitioner/p3']);
    const organizations = await withScope('patient/Observation.rs patient/Organization.r');
    expect(namesOf(await answerOf(organizations, PART))).toEqual(['Organization/w', 'Organization/x']);
    expect(namesOf(await answerOf(await withScope('patient/Observation.rs'), PART))).toEqual([]);
    const final = await withScope('patient/Observation.rs?status=amended patient/Practitioner.r');
    expect(namesOf(await answerOf(final, PART))).toEqual([]);
    expect(namesOf(await answerOf(anna, `${PART}&_type=Condition,Practitioner`))).toEqual([
      'Practitioner/p3',
    ]);
    expect(namesOf(await answerOf(anna, `${PART}&_type=Condition`))).toEqual([]);
    const later = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect(namesOf(await answerOf(anna, `${PART}&_since=${later}`))).toEqual([]);
  });

  it('F52: are not those of what is withheld', async () => {
    const released = await asMember(world, 'north', 'anna', { sensitive: [`${SUD.system}|${SUD.code}`] });
    expect(namesOf(await answerOf(released, PART))).toEqual([
      ...ALL.slice(0, 3),
      'Practitioner/of-secret',
      ...ALL.slice(3),
    ]);
  });

  it('are for the gateway alone, which says how much room it has', async () => {
    expect((await anna(PART)).status).toBe(400);
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-room': '5' };
    const answer = await anna('Patient/anna/$everything', {
      method: 'POST',
      headers: form,
      body: '_part=reference-data',
    });
    expect(answer.status).toBe(400);
    expect((await anna(PART.replace('anna', 'ben'), { headers: { 'x-room': '5' } })).status).toBe(404);
  });

  it('leave an event of their own, which names no resource', async () => {
    const { requestId } = await anna(PART, { headers: { 'x-room': '5' } });
    const [event, ...others] = (await world.events()).filter((each) => each.requestId === requestId);
    expect(event).toMatchObject({ service: 'clinical-service/references', member: 'anna', counts: {} });
    expect([event?.resources, others]).toEqual([undefined, []]);
  });
});
