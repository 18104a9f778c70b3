/** A reference by an identifier becomes one to the resource of the plan's own that has it, and to no other. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listFiles } from '../../read/paths.ts';
import { recordsOf } from '../../read/records.ts';
import { importResources } from '../../store/import.ts';
import { bundle, importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const NPI = 'http://hl7.org/fhir/sid/us-npi';
const PLACES = 'https://plan.example/places';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

const identified = (resourceType: string, id: string, system: string, value: string, more: object = {}) => ({
  resourceType,
  id,
  identifier: [{ system, value }],
  ...more,
});
const practitioner = (id: string, npi: string) => identified('Practitioner', id, NPI, npi);
const by = (type: string, system: string, value: string) => ({
  reference: `${type}?identifier=${system}|${value}`,
});
const byNpi = (npi: string) => by('Practitioner', NPI, npi);
const diagnosed = (id: string, recorder: object, more: object = {}) =>
  importedCondition(id, 'p', { recorder, ...more });

/** Loads resources as a file of lines, of which those that are known are not read. */
async function load(tenant: string, ...resources: object[]) {
  const file = await world.file(`${tenant}.ndjson`, ndjson(...resources));
  const reasons: string[] = [];
  const summary = await importResources(world.stores, tenant, recordsOf(file), {
    checkedBy: Buffer.from('the rules of today'),
    onReject: ({ reason }) => void reasons.push(reason),
  });
  const { created, updated, unchanged, deleted, unidentified } = summary;
  return { counts: { created, updated, unchanged, deleted, unidentified }, reasons };
}

const bodyOf = async (tenant: string, reference: string) =>
  JSON.parse((await world.stored(tenant, reference))[0]?.body ?? '{}') as Record<string, unknown>;
const recorderOf = async (tenant: string, reference: string) => (await bodyOf(tenant, reference))['recorder'];

test('it is found wherever it stands, in whatever order the resources come', async () => {
  const { counts, reasons } = await load(
    'order',
    patient('p'),
    diagnosed('c', byNpi('1'), {
      contained: [
        { resourceType: 'PractitionerRole', id: 'r', organization: by('Organization', PLACES, 'o') },
      ],
      extension: [{ url: PLACES, valueReference: by('Location', PLACES, 'l') }],
      asserter: {
        reference: 'PractitionerRole?identifier=https%3A%2F%2Fplan.example%2Fplaces%7Cr',
        display: 'Dr A',
      },
    }),
    { ...importedProvenance('v', 'Condition/c'), agent: [{ who: byNpi('1') }] },
    identified('PractitionerRole', 'role', PLACES, 'r', { practitioner: byNpi('1') }),
    practitioner('one', '1'),
    identified('Location', 'place', PLACES, 'l', { managingOrganization: by('Organization', PLACES, 'o') }),
    identified('Organization', 'house', PLACES, 'o'),
  );
  expect(reasons).toEqual([]);
  expect(counts).toMatchObject({ created: 7, unidentified: 0 });
  expect(await bodyOf('order', 'Condition/c')).toMatchObject({
    contained: [{ organization: { reference: 'Organization/house' } }],
    extension: [{ valueReference: { reference: 'Location/place' } }],
    recorder: { reference: 'Practitioner/one' },
    asserter: { reference: 'PractitionerRole/role', display: 'Dr A' },
  });
  expect(await bodyOf('order', 'Provenance/v')).toMatchObject({
    agent: [{ who: { reference: 'Practitioner/one' } }],
  });
  expect(await bodyOf('order', 'PractitionerRole/role')).toMatchObject({
    practitioner: { reference: 'Practitioner/one' },
  });
  expect(await bodyOf('order', 'Location/place')).toMatchObject({
    managingOrganization: { reference: 'Organization/house' },
  });
}, 60_000);

test('what nothing has, or more than one, stays and is counted', async () => {
  await load('others', practitioner('elsewhere', '5'));
  const kept = {
    nobody: byNpi('0'),
    several: byNpi('2'),
    'of another plan': byNpi('5'),
    'another system': by('Practitioner', 'urn:other', '1'),
    'no system': { reference: 'Practitioner?identifier=1' },
    'another parameter': { reference: 'Practitioner?name=A' },
    'one parameter too many': { reference: `Practitioner?identifier=${NPI}|1&active=true` },
    'a member': by('Patient', PLACES, 'm'),
    'a bad value': { reference: 'Practitioner?identifier=|' },
  };
  const all = Object.values(kept).map((recorder, at) => diagnosed(`c${at}`, recorder));
  const { counts } = await load(
    'kept',
    patient('p', { identifier: [{ system: PLACES, value: 'm' }] }),
    practitioner('one', '1'),
    practitioner('two', '2'),
    practitioner('twice', '2'),
    ...all,
  );
  expect(counts).toMatchObject({ created: 4 + all.length, unidentified: all.length });
  for (const [at, recorder] of Object.values(kept).entries())
    expect(await recorderOf('kept', `Condition/c${at}`)).toEqual(recorder);
}, 60_000);

test('whose a resource is says no identifier', async () => {
  const named = importedCondition('c', 'p', { subject: by('Patient', PLACES, 'm') });
  const { reasons } = await load(
    'named',
    patient('p', { identifier: [{ system: PLACES, value: 'm' }] }),
    named,
  );
  expect(reasons).toEqual(['no member: subject refers to no Patient']);
}, 60_000);

test('what was not there is found when the same comes again', async () => {
  const lines = [patient('p'), diagnosed('c', byNpi('1'))];
  expect((await load('again', ...lines)).counts).toMatchObject({ created: 2, unidentified: 1 });
  expect((await load('again', practitioner('one', '1'))).counts).toMatchObject({ created: 1 });
  expect((await load('again', ...lines)).counts).toMatchObject({ updated: 1, unchanged: 1, unidentified: 0 });
  expect(await recorderOf('again', 'Condition/c')).toEqual({ reference: 'Practitioner/one' });
  expect((await load('again', ...lines)).counts).toMatchObject({ unchanged: 2, updated: 0 });
}, 60_000);

test('what is said last of a resource counts, also behind what waits', async () => {
  const others = Array.from({ length: 700 }, (_, at) => importedCondition(`other${at}`, 'p'));
  const early = diagnosed('early', { display: 'last' });
  await load('last', patient('p'), early);
  await load(
    'last',
    diagnosed('early', byNpi('1')),
    diagnosed('gone', byNpi('1')),
    ...others,
    early,
    bundle('batch', { request: { method: 'DELETE', url: 'Condition/gone' } }),
    practitioner('one', '1'),
  );
  expect(await recorderOf('last', 'Condition/early')).toEqual({ display: 'last' });
  expect(await world.stored('last', 'Condition/gone')).toEqual([]);
}, 60_000);

test('a provider does not wait for what waits of a member, also where one bit stands for both', async () => {
  const { counts } = await load(
    'bits',
    patient('p'),
    diagnosed('c704', byNpi('0')),
    identified('PractitionerRole', 'role', PLACES, 'r', { practitioner: byNpi('1') }),
    practitioner('p20000', '1'),
  );
  expect(counts).toMatchObject({ created: 4, unidentified: 1 });
  expect(await bodyOf('bits', 'PractitionerRole/role')).toMatchObject({
    practitioner: { reference: 'Practitioner/p20000' },
  });
}, 60_000);

test('where files of a folder are named by types, nothing waits for the reference data among them', async () => {
  await mkdir(join(world.folder, 'by-type'));
  await world.file('by-type/Condition.ndjson', ndjson(diagnosed('c', byNpi('1'))));
  await world.file('by-type/Patient.ndjson', ndjson(patient('p')));
  await world.file('by-type/Practitioner.ndjson', ndjson(practitioner('one', '1')));
  const { files } = await listFiles([join(world.folder, 'by-type')]);
  const interruption = new AbortController();
  async function* records() {
    for (const { path } of files) yield* recordsOf(path);
    interruption.abort();
  }
  // An import that is interrupted counts what waits.
  const summary = await importResources(world.stores, 'by-type', records(), { signal: interruption.signal });
  expect(summary).toMatchObject({ created: 3, postponed: 0 });
  expect(await recorderOf('by-type', 'Condition/c')).toEqual({ reference: 'Practitioner/one' });
}, 60_000);
