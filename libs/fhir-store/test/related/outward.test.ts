/**
 * References from one member to another in the payer's own data. Each is followed only as far as the caller may see.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { type Asker, asMember, bundleOf, idsOf, startWorld, type World } from '../world.ts';
import { namesOf, question } from './world.ts';

const to = (reference: string) => ({ reference });
const person = (id: string): Resource => ({ resourceType: 'Patient', id });

/** A Coverage in a family: it belongs to the beneficiary, and names another person as well. */
const coverage = (id: string, beneficiary: string, others: string): Resource => ({
  resourceType: 'Coverage',
  id,
  beneficiary: to(`Patient/${beneficiary}`),
  subscriber: to(`Patient/${others}`),
  policyHolder: to(`Patient/${others}`),
  payor: [to('Organization/payer'), to(`Patient/${others}`)],
});

describe('references between two members of a family', () => {
  let world: World;
  let anna: Asker;
  beforeAll(async () => {
    world = await startWorld({}, 'coverage-service');
    await world.store(
      'north',
      person('anna'),
      person('ben'),
      coverage('of-anna', 'anna', 'ben'),
      coverage('of-ben', 'ben', 'anna'),
      { resourceType: 'RelatedPerson', id: 'of-anna', patient: to('Patient/anna') },
      { resourceType: 'RelatedPerson', id: 'of-ben', patient: to('Patient/ben') },
    );
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(() => world?.stop());

  const eventOf = async (id: string) => (await world.events()).find(({ requestId }) => requestId === id);

  it.each([
    ['Coverage:subscriber', 'Coverage?', 'of-anna', 'Patient/ben'],
    ['Coverage:policy-holder', 'Coverage?', 'of-anna', 'Patient/ben'],
    ['Coverage:payor', 'Coverage?', 'of-anna', 'Patient/ben'],
    ['RelatedPerson:patient', 'RelatedPerson?', 'of-anna', 'RelatedPerson/of-ben'],
  ])(
    'F07: _include=%s does not change the matches, and adds the target only if it is the member’s',
    async (include, path, id, target) => {
      const plain = await anna(`${path}_total=accurate`);
      const page = await anna(`${path}_total=accurate&_include=${include}`);
      expect([idsOf(page), bundleOf(page).total]).toEqual([[id], bundleOf(plain).total]);
      expect(page.text).not.toContain('of-ben');
      const beside = await question(anna, { include: [target, 'Patient/anna'] });
      expect(namesOf(beside)).toEqual(['Patient/anna/1']);
      expect(await eventOf(beside.requestId)).toMatchObject({ outcome: '0', counts: { Patient: 1 } });
      expect((await eventOf(beside.requestId))?.counts).toEqual({ Patient: 1 });
    },
  );

  it.each([
    ['Coverage', 'payor', 'Organization/payer', ['Coverage/of-anna/1']],
    ['Coverage', 'payor', 'Patient/anna', []],
    ['Coverage', 'subscriber', 'Patient/anna', []],
    ['Coverage', 'policy-holder', 'Patient/anna', []],
    ['RelatedPerson', 'patient', 'Patient/ben', []],
  ])(
    'F08: _revinclude=%s:%s of %s finds only resources of the member',
    async (type, parameter, of, expected) => {
      const beside = await question(anna, { revinclude: [{ type, parameter, of: [of] }] });
      expect(namesOf(beside)).toEqual(expected);
      expect(beside.text).not.toContain('of-ben');
    },
  );

  it('F08, F33: a search by another person whom a Coverage names stays within the member’s own resources', async () => {
    for (const name of ['subscriber', 'policy-holder', 'payor']) {
      expect(idsOf(await anna(`Coverage?${name}=Patient/anna`))).toEqual([]);
      expect(idsOf(await anna(`Coverage?${name}=Patient/ben`))).toEqual(['of-anna']);
    }
    expect((await anna('Coverage?beneficiary=ben')).status).toBe(403);
    expect((await anna('RelatedPerson?patient=ben')).status).toBe(403);
  });

  it.each([
    '_include=Observation:focus',
    '_revinclude=Observation:focus',
    '_revinclude=*',
    '_include=Patient:link',
  ])('F07, F08: refuses %s, which leads to nothing', async (query) => {
    expect((await anna(`Patient?_id=anna&${query}`)).status).toBe(400);
  });
});
