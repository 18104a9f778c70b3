/** Everybody may read what a plan publishes. None of this gets anything else, whatever is asked. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PublicationName } from '@patient-access/fhir';
import type { RequestOptions } from '@patient-access/testing';
import { startWorld, type World } from '../world.ts';
import { asEverybody, everybody, publish, SECRET } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({}, 'coverage-service');
  await publish(world);
}, 120_000);
afterAll(() => world?.stop());

const json = (body: object): RequestOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const form = (body: string): RequestOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
});

type Attack = readonly [what: string, status: number, path: string, question?: RequestOptions];

/** What each answers, at both publications. A good answer is one without anything of a member. */
const ATTACKS: readonly Attack[] = [
  ['members', 404, 'Patient'],
  ['a member by name', 404, `Patient?name=${SECRET}`],
  ['a member by id', 404, 'Patient/anna'],
  ['a member by posted search', 404, 'Patient/_search', form('_id=anna')],
  ['the history of a member', 404, 'Patient/anna/_history'],
  ['a version of a member', 404, 'Patient/anna/_history/1'],
  ['the record of a member', 404, 'Patient/anna/$everything'],
  ['the record of everybody', 404, 'Patient/$everything'],
  ['the compartment of a member', 403, 'Patient/anna/Coverage'],
  ['coverages', 404, 'Coverage'],
  ['a coverage', 404, 'Coverage/anna-coverage'],
  ['the history of a coverage', 404, 'Coverage/anna-coverage/_history'],
  ['people of members', 404, 'RelatedPerson?patient=anna'],
  ['consents', 404, 'Consent'],
  ['eligibility', 404, 'CoverageEligibilityResponse?patient=anna'],
  ['groups', 404, 'Group'],
  ['what claims refer to', 404, 'Organization/of-claims'],
  ['the history of that', 404, 'Organization/of-claims/_history'],
  ['everything at once', 403, ''],
  ['everything by type', 403, '?_type=Patient,Organization'],
  ['a batch', 405, '', json({ resourceType: 'Bundle', type: 'batch', entry: [] })],
  ['another plan', 404, 'InsurancePlan/formulary-of-south'],
];

/** The same for types that only one of the two has. */
const OF_ONE: readonly (readonly [PublicationName, ...Attack])[] = [
  ['provider-directory', 'by a search', 200, `Organization?name=${SECRET}`],
  ['provider-directory', 'through a reverse include', 200, 'Organization?_revinclude=Coverage:payor'],
  [
    'provider-directory',
    'through a reverse chain',
    400,
    'Organization?_has:Coverage:payor:_id=anna-coverage',
  ],
  ['provider-directory', 'through all includes', 200, 'OrganizationAffiliation?_include=*'],
  ['provider-directory', 'the other publication', 404, 'Basic/item-1'],
  ['formulary', 'the other publication', 404, 'Organization/both'],
  ['formulary', 'a Basic of a member', 404, 'Basic/anna-basic'],
  ['formulary', 'its history', 404, 'Basic/anna-basic/_history'],
  ['formulary', 'Basics of a member', 403, 'Basic?patient=anna'],
  ['formulary', 'Basics about a member', 200, 'Basic?subject=Patient/anna'],
  ['formulary', 'an include of a member', 200, 'Basic?_include=Basic:subject:Patient'],
  ['formulary', 'an include by the element', 200, 'Basic?_include=Basic:patient'],
  ['formulary', 'a chain', 400, `Basic?subject:Patient.name=${SECRET}`],
  ['formulary', 'all of them', 200, 'Basic?_count=100&_include=*&_include:iterate=InsurancePlan:*'],
];

/** The gateway's own request about a page, with what no page could have. */
const RELATED = json({
  include: ['Patient/anna', 'Coverage/anna-coverage', 'Organization/of-claims', 'Basic/anna-basic'],
  revinclude: [{ type: 'Coverage', parameter: 'payor', of: ['Organization/both'] }],
});

describe.each(['provider-directory', 'formulary'] as const)('%s: everybody gets nothing of', (name) => {
  const own = OF_ONE.filter(([of]) => of === name).map(([, ...attack]): Attack => attack);

  it.each([...ATTACKS, ...own])('%s: %i', async (...[, status, path, question]: Attack) => {
    const call = await asEverybody(world, everybody(world, 'north', name));
    const answer = await call(path, question);
    expect([path, answer.status]).toEqual([path, status]);
    // A refused search may repeat what was asked for.
    expect(answer.text.replaceAll(/"(?:url|diagnostics)":"[^"]*"/g, '')).not.toContain(SECRET);
    expect(answer.text).not.toContain('anna-');
  });

  it('what no page leads to', async () => {
    const call = await asEverybody(world, everybody(world, 'north', name));
    const { status, text } = await call('$related', RELATED);
    expect([status, text]).toEqual([200, '']);
  });
});

describe('the credential of everybody', () => {
  it.each([
    ['at the members of the plan', 'north', 'Patient/anna'],
    ['at its other publication', 'north~provider-directory', 'Organization/both'],
    ['at another plan', 'south~formulary', 'InsurancePlan/formulary-of-south'],
    ['at a publication that there is not', 'north~members', 'Patient/anna'],
  ])('is none %s', async (_where, at, path) => {
    const call = await asEverybody(world, everybody(world, 'north', 'formulary'), at);
    const { status, text } = await call(path);
    expect(status).toBe(401);
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['a member’s', (of: World) => of.issuer.claims('north', 'anna')],
    [
      'a backend service’s',
      (of: World) =>
        of.issuer.claims('north', undefined, {
          client_id: 'b',
          sub: 'b',
          grant_id: 'b',
          scope: 'system/*.rs',
        }),
    ],
  ])('has no place for %s token, and that finds nothing that is published', async (_whose, claims) => {
    const published = await asEverybody(world, claims(world), 'north~formulary');
    expect((await published('Basic/item-1')).status).toBe(401);
    const own = await asEverybody(world, claims(world));
    for (const path of ['InsurancePlan', 'MedicationKnowledge', 'Basic'])
      expect((await own(path)).text).not.toMatch(/formulary-1|drug-1|item-1/);
  });

  it('with more types and scopes than it has opens no more of the members (canary of the second wall)', async () => {
    const { types: _types, ...claims } = everybody(world, 'north', 'formulary');
    const call = await asEverybody(world, {
      ...claims,
      scope: 'system/*.rs patient/*.rs',
      patient: 'anna',
      sub: 's',
    });
    for (const path of ['Patient/anna', 'Coverage', 'Organization/of-claims', 'Basic/anna-basic'])
      expect((await call(path)).text).not.toContain(SECRET);
  });
});
