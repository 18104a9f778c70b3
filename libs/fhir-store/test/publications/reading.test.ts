/** What everybody reads of a plan's provider directory and formulary, and what is left of it in the trail. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { publicationTenant } from '@patient-access/fhir';
import { bundleOf, idsOf, startWorld, type World } from '../world.ts';
import { asEverybody, everybody, formularyItem, publish } from './world.ts';

let world: World;
let directory: Awaited<ReturnType<typeof asEverybody>>;
let formulary: typeof directory;
beforeAll(async () => {
  world = await startWorld({}, 'coverage-service');
  await publish(world);
  directory = await asEverybody(world, everybody(world, 'north', 'provider-directory'));
  formulary = await asEverybody(world, everybody(world, 'north', 'formulary'));
}, 120_000);
afterAll(() => world?.stop());

it.each([
  ['Basic?code=formulary-item', ['item-1']],
  ['Basic?status=active&drug-tier=generic', ['item-1']],
  ['Basic?subject=MedicationKnowledge/drug-1', ['item-1']],
  ['Basic?formulary=InsurancePlan/formulary-1', ['item-1']],
  ['Basic?drug-tier=brand', []],
  ['InsurancePlan?name=formulary', ['formulary-1']],
  ['MedicationKnowledge?status=active', ['drug-1']],
])('the formulary is searched: %s', async (path, ids) => {
  expect(idsOf(await formulary(path))).toEqual(ids);
});

it.each([
  ['Organization?type=ntwk', ['network']],
  ['OrganizationAffiliation?network=Organization/network', ['contract']],
  ['OrganizationAffiliation?network.name=network', ['contract']],
  ['OrganizationAffiliation?participating-organization.name=both&date=ge2026-03-01', ['contract']],
  ['OrganizationAffiliation?date=2025-03-01', []],
])('the directory is searched: %s', async (path, ids) => {
  expect(idsOf(await directory(path))).toEqual(ids);
});

it('an organization that claims have too is another row: each base reads its own', async () => {
  expect(JSON.parse((await directory('Organization/both')).text)).not.toHaveProperty('alias');
  const link = bundleOf(await directory('Organization?_id=both')).entry?.[0]?.fullUrl;
  expect(link).toBe('https://plan.example/payer/provider-directory/v2/north/Organization/both');
});

it('may be kept by everybody on the way, and is asked for again by its version', async () => {
  const { headers } = await formulary('Basic/item-1');
  expect(headers['cache-control']).toBe('public, max-age=300');
  expect(headers['vary']).not.toMatch(/authorization|origin/i);
  const again = await formulary('Basic/item-1', { headers: { 'if-none-match': String(headers['etag']) } });
  expect([again.status, again.headers['cache-control']]).toEqual([304, 'public, max-age=300']);
  expect((await formulary('Patient/anna')).headers['cache-control']).toBe('no-store');
  // What one caller got without an unknown parameter is not for another one who wants that refused.
  const [lenient, strict] = [
    await formulary('Basic?unknown=x'),
    await formulary('Basic?unknown=x', { headers: { prefer: 'handling=strict' } }),
  ];
  expect([lenient.status, strict.status]).toEqual([200, 400]);
  expect(lenient.headers['vary']).toContain('Prefer');
});

it('leaves one event for all reads of one kind, in the trail of the plan', async () => {
  await world.flush();
  const before = (await world.events()).length;
  for (let times = 0; times < 3; times += 1) await formulary('MedicationKnowledge/drug-1');
  for (const path of ['Patient/anna', 'Castellan/1', 'Smithers/1']) await formulary(path);
  await world.flush();
  const events = (await world.events()).slice(before).sort((a, b) => (b.count ?? 0) - (a.count ?? 0));
  const asked = { tenant: 'north', address: '192.0.2.7' };
  expect(events).toMatchObject([
    { ...asked, kind: 'published-reads', count: 3, request: 'payer/formulary/v2 read MedicationKnowledge' },
    { ...asked, kind: 'denied-attempts', count: 2, request: 'payer/formulary/v2 read' },
    { ...asked, kind: 'denied-attempts', count: 1, request: 'payer/formulary/v2 read Patient' },
  ]);
  for (const event of events) expect(event).not.toHaveProperty('client');
});

it.each([
  ['another type', { resourceType: 'Medication', id: 'm', code: { text: 'x' } }],
  ['a member', { resourceType: 'Patient', id: 'anna' }],
  [
    'a Basic of a member',
    { resourceType: 'Basic', id: 'b', code: { text: 'x' }, subject: { reference: 'Patient/anna' } },
  ],
  [
    'a drug that names a member',
    { ...formularyItem('i', 'drug-1', 'formulary-1'), author: { reference: 'Patient/anna' } },
  ],
])('a load of a formulary refuses %s', async (_what, resource) => {
  await expect(world.store(publicationTenant('north', 'formulary'), resource)).rejects.toThrow(
    /no resource of a drug formulary|refers to a Patient/,
  );
});
