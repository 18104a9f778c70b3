import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { condition } from '@patient-access/testing';
import { provenance } from '../related/world.ts';
import { asMember, bundleOf, idsOf, nextOf, startWorld, withoutRequestId, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const labelled = (...codes: string[]) => ({
  meta: { security: codes.map((code) => ({ system: ACT, code })) },
});
const ETH = `${ACT}|ETH`;

describe('F52: data labelled as sensitive', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', condition('plain', 'anna'), condition('eth', 'anna', labelled('ETH')));
    await world.store('north', condition('both', 'anna', labelled('ETH', 'PSY')));
    await world.store('north', condition('once-eth', 'anna', labelled('ETH')));
    await world.store('north', condition('once-eth', 'anna'));
    await world.store('north', condition('now-eth', 'anna'));
    await world.store('north', condition('now-eth', 'anna', labelled('ETH')));
    await world.store(
      'north',
      provenance('of-plain', 'Condition/plain'),
      provenance('of-eth', 'Condition/eth'),
    );
  });
  afterAll(() => world?.stop());

  const released = (...sensitive: string[]) => asMember(world, 'north', 'anna', { sensitive });

  it('is withheld from searches, counts and every page', async () => {
    const app = await asMember(world, 'north', 'anna');
    expect(idsOf(await app('Condition')).sort()).toEqual(['once-eth', 'plain']);
    expect(bundleOf(await app('Condition?_total=accurate')).total).toBe(2);
    expect(bundleOf(await app('Condition?_summary=count')).total).toBe(2);
    const first = await app('Condition?_count=1');
    const second = await app(nextOf(first, 'north') ?? '');
    expect(nextOf(second, 'north')).toBeUndefined();
    expect(idsOf(await app('Condition?_id=eth,both,plain'))).toEqual(['plain']);
  });

  it('is withheld with all that contains it', async () => {
    const inner = { resourceType: 'Medication', id: 'm', ...labelled('ETH') };
    await world.store('south', condition('around', 'anna', { contained: [inner] }));
    const app = (...sensitive: string[]) => asMember(world, 'south', 'anna', { sensitive });
    expect((await (await app())('Condition/around')).status).toBe(404);
    expect((await (await app(ETH))('Condition/around')).status).toBe(200);
  });

  it('is answered like a resource that does not exist', async () => {
    const app = await asMember(world, 'north', 'anna');
    const [hidden, absent] = [await app('Condition/eth'), await app('Condition/nil')];
    expect(hidden.status).toBe(404);
    expect(withoutRequestId(hidden)).toEqual(withoutRequestId(absent));
  });

  it('is withheld in each version that has the label, and in all versions if the current one has it', async () => {
    const app = await asMember(world, 'north', 'anna');
    const statuses = [];
    for (const path of [
      'once-eth/_history/1',
      'once-eth/_history/2',
      'now-eth/_history/1',
      'now-eth/_history/2',
    ])
      statuses.push((await app(`Condition/${path}`)).status);
    expect(statuses).toEqual([404, 200, 404, 404]);
  });

  it('F17: is withheld from searches for parts of resources, and from searches by its label', async () => {
    const app = await asMember(world, 'north', 'anna');
    const code = encodeURIComponent(ETH);
    for (const query of [
      '_elements=code',
      '_elements=id&_id=eth',
      '_id:not=plain',
      '_summary=true',
      '_summary=data',
      '_sort=-_id',
    ]) {
      const ids = idsOf(await app(`Condition?${query}`));
      expect([query, ids.filter((id) => ['eth', 'both', 'now-eth'].includes(id))]).toEqual([query, []]);
    }
    for (const query of [
      `_security=${code}`,
      '_security=ETH',
      '_security:not=x&_id=eth',
      '_security:missing=false',
    ])
      expect([query, idsOf(await app(`Condition?${query}`))]).toEqual([query, []]);
    expect(bundleOf(await app(`Condition?_security=${code}&_summary=count`)).total).toBe(0);
    for (const query of ['_elements=code', '_summary=text'])
      expect((await app(`Condition/eth?${query}`)).status).toBe(404);
  });

  it('F27: is withheld from $everything and from histories', async () => {
    const app = await asMember(world, 'north', 'anna');
    expect(idsOf(await app('Patient/anna/$everything')).sort()).toEqual(['of-plain', 'once-eth', 'plain']);
    expect(idsOf(await app('Patient/$everything?_type=Provenance'))).toEqual(['of-plain']);
    expect(idsOf(await app('Patient/$everything?_type=Condition')).sort()).toEqual(['once-eth', 'plain']);
    expect(idsOf(await (await released(ETH))('Patient/$everything')).sort()).toEqual(
      ['eth', 'now-eth', 'of-eth', 'once-eth', 'plain', 'of-plain'].sort(),
    );
    expect((await app('Condition/eth/_history')).status).toBe(404);
    expect(bundleOf(await app('Condition/once-eth/_history')).entry).toHaveLength(1);
    const counted = 'Condition/once-eth/_history?_summary=count';
    expect(bundleOf(await app(counted)).total).toBe(1);
    expect(bundleOf(await (await released(ETH))(counted)).total).toBe(2);
    expect((await app('Condition/eth/_history?_summary=count')).status).toBe(404);
  });

  it('is not revealed by a Provenance about it', async () => {
    const app = await asMember(world, 'north', 'anna');
    expect(idsOf(await app('Provenance'))).toEqual(['of-plain']);
    expect(idsOf(await app('Provenance?target=Condition/eth'))).toEqual([]);
    const [hidden, absent] = [await app('Provenance/of-eth'), await app('Provenance/nil')];
    expect(withoutRequestId(hidden)).toEqual(withoutRequestId(absent));
    expect(idsOf(await (await released(ETH))('Provenance')).sort()).toEqual(['of-eth', 'of-plain']);
  });

  it('is not named by a canonical that is written as a reference', async () => {
    const questionnaire = { resourceType: 'Questionnaire', id: 'eth', status: 'active', ...labelled('ETH') };
    const subject = { reference: 'Patient/anna' };
    const response = { resourceType: 'QuestionnaireResponse', id: 'r', status: 'completed', subject };
    await world.store('north', questionnaire, { ...response, questionnaire: 'Questionnaire/eth|2' });
    const app = await asMember(world, 'north', 'anna');
    expect(JSON.parse((await app('QuestionnaireResponse/r')).text)).not.toHaveProperty('questionnaire');
    const search = 'QuestionnaireResponse?questionnaire=Questionnaire/eth';
    expect(idsOf(await app(search))).toEqual([]);
    expect(idsOf(await (await released(ETH))(search))).toEqual(['r']);
  });

  it('is shown when all its labels were released', async () => {
    const app = await released(ETH);
    expect(idsOf(await app('Condition')).sort()).toEqual(['eth', 'now-eth', 'once-eth', 'plain']);
    expect((await app('Condition/eth')).status).toBe(200);
    expect((await app('Condition/once-eth/_history/1')).status).toBe(200);
    expect((await app('Condition/both')).status).toBe(404);
    expect((await (await released(ETH, `${ACT}|PSY`))('Condition/both')).status).toBe(200);
  });
});

describe('F52: a resource that belongs to a member through a withheld resource', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({}, 'claims-service');
    const patient = { reference: 'Patient/anna' };
    await world.store(
      'north',
      { resourceType: 'Claim', id: 'plain', patient },
      { resourceType: 'Claim', id: 'eth', patient, ...labelled('ETH') },
    );
    const base = 'https://plan.example/payer/patient-access/v2/north';
    const of = (id: string, reference: string) => ({
      resourceType: 'PaymentNotice',
      id,
      request: { reference },
    });
    await world.store(
      'north',
      of('of-plain', 'Claim/plain'),
      of('of-eth', 'Claim/eth'),
      of('of-version', 'Claim/eth/_history/1'),
    );
    const response = { reference: `${base}/Claim/eth` };
    await world.store('north', { ...of('absolute', 'Claim/plain'), response });
  });
  afterAll(() => world?.stop());

  it('is withheld as well, however it refers to that resource', async () => {
    const app = await asMember(world, 'north', 'anna');
    expect(idsOf(await app('PaymentNotice')).sort()).toEqual(['absolute', 'of-plain']);
    expect(JSON.parse((await app('PaymentNotice/absolute')).text)).not.toHaveProperty('response');
    expect((await app('PaymentNotice/of-eth')).status).toBe(404);
    const released = await asMember(world, 'north', 'anna', { sensitive: [ETH] });
    expect(idsOf(await released('PaymentNotice')).sort()).toEqual([
      'absolute',
      'of-eth',
      'of-plain',
      'of-version',
    ]);
    expect(JSON.parse((await released('PaymentNotice/absolute')).text)).toHaveProperty('response');
  });

  it('leaves neither a gap in the numbers of a list nor a line that names its entry', async () => {
    const team = (...ids: string[]) =>
      ids.map((id, at) => ({ sequence: at + 1, provider: { reference: `Practitioner/${id}` } }));
    const lines = (...careTeamSequence: number[]) => [{ sequence: 1, careTeamSequence }];
    const practitioner = (id: string, more: object = {}) => ({ resourceType: 'Practitioner', id, ...more });
    await world.store('north', practitioner('a'), practitioner('b'), practitioner('eth', labelled('ETH')));
    const claim = { resourceType: 'ExplanationOfBenefit', id: 'e', patient: { reference: 'Patient/anna' } };
    await world.store('north', { ...claim, careTeam: team('a', 'eth', 'b'), item: lines(1, 2, 3) });
    const served = async (sensitive: string[]) =>
      JSON.parse(
        (await (await asMember(world, 'north', 'anna', { sensitive }))('ExplanationOfBenefit/e')).text,
      );
    expect(await served([])).toMatchObject({ careTeam: team('a', 'b'), item: lines(1, 2) });
    expect(await served([ETH])).toMatchObject({ careTeam: team('a', 'eth', 'b'), item: lines(1, 2, 3) });
  });
});
