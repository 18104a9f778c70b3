/** References to the plan's own FHIR base become relative, and no other ones do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fhirBase, publicationTenant } from '@patient-access/fhir';
import { importResources } from '../../store/import.ts';
import type { FileLine, Input } from '../../store/input.ts';
import { importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const HOST = 'https://members.plan.example';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

/** Loads resources as the lines of a file, and tells how many of them were read. */
async function load(tenant: string, ...resources: object[]) {
  const reasons: string[] = [];
  let read = 0;
  const lines = resources.map((resource, origin): FileLine<number> => {
    const text = JSON.stringify(resource);
    const parsed = () => ({ origin, resource: JSON.parse(text) as unknown }) satisfies Input<number>;
    return { origin, bytes: Buffer.from(text), read: () => [{ ...parsed(), size: (read += 1) }] };
  });
  const { created, unchanged } = await importResources(world.stores, tenant, lines, {
    base: fhirBase(HOST, tenant),
    checkedBy: Buffer.from('the rules of today'),
    onReject: ({ reason }) => void reasons.push(reason),
  });
  return { created, unchanged, read, reasons };
}

const bodyOf = async (tenant: string, reference: string) =>
  JSON.parse((await world.stored(tenant, reference))[0]?.body ?? '{}') as Record<string, unknown>;

test('one to the own base is relative wherever it stands, and says whose the resource is', async () => {
  const base = fhirBase(HOST, 'own');
  const absolute = importedCondition('c', 'p', {
    contained: [
      { resourceType: 'PractitionerRole', id: 'r', organization: { reference: `${base}/Organization/o` } },
    ],
    extension: [{ url: `${HOST}/seen-by`, valueReference: { reference: `${base}/Practitioner/d` } }],
    subject: { reference: `${base}/Patient/p`, display: 'Pat' },
    encounter: { reference: `${base}/Encounter/e/_history/2` },
  });
  const resources = [patient('p'), absolute, importedProvenance('v', `${base}/Condition/c`)];
  expect(await load('own', ...resources)).toEqual({ created: 3, unchanged: 0, read: 3, reasons: [] });
  expect(await bodyOf('own', 'Condition/c')).toMatchObject({
    contained: [{ organization: { reference: 'Organization/o' } }],
    extension: [{ url: `${HOST}/seen-by`, valueReference: { reference: 'Practitioner/d' } }],
    subject: { reference: 'Patient/p', display: 'Pat' },
    encounter: { reference: 'Encounter/e/_history/2' },
  });
  expect((await world.stored('own')).map(({ id, member }) => [id, member])).toEqual(
    expect.arrayContaining([
      ['c', 'p'],
      ['v', 'p'],
    ]),
  );
  // The line is known, though what is stored is written otherwise. A Provenance is never known by its line.
  expect(await load('own', ...resources)).toEqual({ created: 0, unchanged: 3, read: 1, reasons: [] });
}, 60_000);

test.each([
  ['another host', 'https://elsewhere.example/payer/patient-access/v2/others'],
  ['another plan', fhirBase(HOST, 'othersfriend')],
  ['the directory of the plan', fhirBase(HOST, publicationTenant('others', 'provider-directory'))],
  ['another scheme', fhirBase('http://members.plan.example', 'others')],
])(
  'one to %s stays, and is nobody whose a resource could be',
  async (_which, base) => {
    const recorder = { reference: `${base}/Practitioner/d` };
    const named = importedCondition('d', 'p', { subject: { reference: `${base}/Patient/p` } });
    const { reasons } = await load('others', patient('p'), importedCondition('c', 'p', { recorder }), named);
    expect(reasons).toEqual([expect.stringContaining('no member')]);
    expect(await bodyOf('others', 'Condition/c')).toMatchObject({ recorder });
  },
  60_000,
);

test('only a reference to a resource is made relative', async () => {
  const base = fhirBase(HOST, 'texts');
  const kept = {
    extension: [
      { url: `${HOST}/a`, valueUri: `${base}/Condition/c` },
      { url: `${HOST}/b`, valueReference: { reference: `${base}/Practitioner?identifier=1` } },
    ],
    code: { text: `${base}/Condition/c` },
  };
  await load('texts', patient('p'), importedCondition('c', 'p', kept));
  expect(await bodyOf('texts', 'Condition/c')).toMatchObject(kept);
}, 60_000);

test('in reference data one to a member is refused as a relative one is', async () => {
  const reference = `${fhirBase(HOST, 'data')}/Patient/p`;
  const practitioner = {
    resourceType: 'Practitioner',
    id: 'd',
    extension: [{ url: HOST, valueReference: { reference } }],
  };
  expect((await load('data', practitioner)).reasons).toEqual([expect.stringContaining('Patient')]);
}, 60_000);

test('the command takes the base from PUBLIC_URL, and reads each line again when that changes', async () => {
  const encounter = { reference: `${fhirBase(HOST, 'northwind')}/Encounter/e` };
  const content = ndjson(patient('p'), importedCondition('c', 'p', { encounter }));
  const file = await world.file('records.ndjson', content);
  const run = async (settings: Record<string, string>) => {
    const args = ['--tenant', 'northwind', '--guides', 'none', '--json', file];
    const { out } = await world.run('main', args, settings);
    return [JSON.parse(out), (await bodyOf('northwind', 'Condition/c'))['encounter']] as const;
  };
  expect(await run({})).toMatchObject([{ created: 2 }, encounter]);
  expect(await run({ PUBLIC_URL: HOST })).toMatchObject([
    { updated: 1, unchanged: 1 },
    { reference: 'Encounter/e' },
  ]);
  expect(await run({ PUBLIC_URL: HOST })).toMatchObject([{ unchanged: 2 }, { reference: 'Encounter/e' }]);
}, 60_000);
