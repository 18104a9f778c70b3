/** The file about a record that stood under the wrong person. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { EMPTY_BODY_HASH } from '@patient-access/events';
import { checkpointSigner } from '../../src/checkpoints/checkpoint.ts';
import { saw } from '../../src/disclosures/command.ts';
import { verifyConsoleFile } from '../../src/verify/console-files.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { accessEvent, asLines, idOf, startWorld, type World } from '../world.ts';

const CHECKPOINT_KEY = mountedCheckpointKey();

let world: World;
let auditor: Pool;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  auditor = await createPool(world.urls.auditor, { max: 1, readOnly: true });
  folder = await mkdtemp(join(tmpdir(), 'patient-access-saw-'));
});
afterAll(async () => {
  await auditor?.end();
  await world?.stop();
  await rm(folder, { recursive: true });
});

const APPS = [
  {
    client_id: 'app-1',
    client_name: 'Today',
    publisher: 'Good Apps, Inc.',
    client_uri: 'https://good.example',
    contacts: ['privacy@good.example'],
    registered_by: 'plan',
  },
];

it('has who got it, for whom, when and what, from reads and searches; is signed; and says that it is whole', async () => {
  const read = accessEvent({
    resource: { reference: 'ExplanationOfBenefit/7', version: 'b' },
    client: { id: 'app-1', name: 'Then' },
    user: { iss: 'https://plan.example', sub: 'login-1', fhirUser: 'https://plan.example/fhir/Patient/anna' },
    request: 'GET ExplanationOfBenefit/7',
    recorded: '2026-11-25T10:00:00.000Z',
  });
  const page = accessEvent({
    ...{ action: 'search-type', resource: undefined, resources: { Provenance: 'of-7/x' } },
    counts: { Provenance: 1 },
    client: { id: 'app-2' },
    user: { iss: 'https://plan.example', sub: 'login-2', fhirUser: 'RelatedPerson/mother' },
    request: 'GET ExplanationOfBenefit?_revinclude=Provenance:target',
    recorded: '2026-11-24T10:00:00.000Z',
  });
  const other = accessEvent({ resource: { reference: 'ExplanationOfBenefit/8', version: 'b' } });
  await world.deliver(asLines(read, page, other));
  await writeFile(join(folder, 'apps.json'), JSON.stringify(APPS));

  const out = join(folder, 'out');
  const done = await saw(auditor, {
    ...{ tenant: 'northwind', member: 'anna', resources: ['ExplanationOfBenefit/7', 'Provenance/of-7'], out },
    ...{ apps: join(folder, 'apps.json'), signingKey: CHECKPOINT_KEY },
  });
  expect(done).toEqual({ files: [join(out, 'sightings.csv'), join(out, 'manifest.json')], requests: 2 });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  expect((await stat(join(out, 'sightings.csv'))).mode & 0o077).toBe(0);
  expect(csv.lastIndexOf('\uFEFF"plan","northwind"')).toBe(0);
  const [last = '', ofRead = '', ofPage = ''] = csv.trim().split('\r\n').reverse();
  expect(last).toMatch(
    /^"End of file\. Complete: 2 requests in 2 lines\. Whether dead letters wait, [^.]+\."$/,
  );
  for (const text of [
    '2026-11-25T10:00:00.000Z',
    'ExplanationOfBenefit/7',
    'claims',
    'Then',
    'Good Apps, Inc.',
  ])
    expect(ofRead).toContain(text);
  for (const text of ['privacy@good.example', 'the person under whom it stood', 'login-1', idOf(read)])
    expect(ofRead).toContain(text);
  for (const text of [
    'Provenance/of-7',
    'app-2',
    'not known',
    'somebody who may see this person’s data',
    '_revinclude',
  ])
    expect(ofPage).toContain(text);
  expect(csv).toContain('"2026-11-24T10:00:00.000Z to 2026-11-25T10:00:00.000Z"');
  expect(csv).not.toContain('ExplanationOfBenefit/8');

  const { keys } = await checkpointSigner(CHECKPOINT_KEY);
  expect(await verifyConsoleFile(join(out, 'manifest.json'), keys)).toMatchObject({
    manifest: { tenant: 'northwind', events: 2, filter: { patient: 'anna' } },
    problems: [],
  });
  await writeFile(join(out, 'sightings.csv'), csv.replace(ofPage, ''));
  const { problems } = await verifyConsoleFile(join(out, 'sightings.csv'), keys);
  expect(problems).toEqual([{ name: 'sightings.csv', problem: 'changed' }]);
});

it('says for whom an app acted that may not ask who that is, as the consent to it says', async () => {
  const iss = 'https://plan.example';
  const agreed = (grantId: string, user: object) =>
    accessEvent({
      ...{ kind: 'consent', action: 'grant', service: 'auth-service', member: 'gil', grantId },
      ...{ resource: undefined, counts: undefined, bodyHash: undefined },
      user: { iss, sub: grantId, ...user },
    });
  const read = (grantId: string) =>
    accessEvent({ member: 'gil', grantId, user: { iss, sub: grantId }, client: { id: `app ${grantId}` } });
  const grants = ['of-self', 'of-mother', 'dropped'];
  const self = { fhirUser: 'https://plan.example/fhir/Patient/gil' };
  await world.deliver(asLines(agreed('of-self', self), agreed('of-mother', {}), ...grants.map(read)));
  const out = join(folder, 'unnamed');
  const resources = ['ExplanationOfBenefit/7'];
  const asked = { tenant: 'northwind', member: 'gil', resources, out, apps: undefined };
  await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  for (const [grant, whom] of [
    ['of-self', 'the person under whom it stood'],
    ['of-mother', 'somebody who may see this person’s data'],
    ['dropped', 'not known'],
  ])
    expect(csv).toContain(`"${whom}","${grant}","sent"`);
});

it('says of an answer without a body that it had none: the app had the record already, or asked whether there is one', async () => {
  const unchanged = accessEvent({
    resource: { reference: 'ExplanationOfBenefit/78', version: '1' },
    ...{ member: 'hal', request: 'HEAD ExplanationOfBenefit/78', bodyHash: EMPTY_BODY_HASH },
  });
  await world.deliver(asLines(unchanged));
  const out = join(folder, 'no-body');
  const resources = ['ExplanationOfBenefit/78'];
  const asked = { tenant: 'northwind', member: 'hal', resources, out, apps: undefined };
  await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY });
  expect(await readFile(join(out, 'sightings.csv'), 'utf8')).toContain(
    `"without a body (304 or HEAD)","HEAD ExplanationOfBenefit/78","${idOf(unchanged)}"`,
  );
});

it('counts no page of the plan and no link to a card as an app, and names who opened one as it calls itself', async () => {
  const read = { resource: { reference: 'ExplanationOfBenefit/77', version: '1' }, member: 'fay' };
  const clients = [
    { id: 'app-1', name: 'Then' },
    { id: 'member-pages' },
    { id: 'card-link', name: 'Front desk' },
    { id: 'card-link', name: 'Another desk' },
  ];
  await world.deliver(asLines(...clients.map((client) => accessEvent({ ...read, client }))));
  const out = join(folder, 'no-apps');
  const asked = {
    tenant: 'northwind',
    member: 'fay',
    resources: ['ExplanationOfBenefit/77'],
    out,
    apps: undefined,
  };
  await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  const words = 'the plan’s own pages, those who opened links to the card';
  expect(csv).toContain(`"sent to","1 apps, ${words}, in 4 requests"`);
  for (const who of [
    '"the plan’s own pages","member-pages"',
    '"Front desk, as it calls itself","card-link"',
    '"Another desk, as it calls itself","card-link"',
  ])
    expect(csv).toContain(who);
});

it('counts a request once that gave two of the records', async () => {
  const page = {
    ...{ requestId: randomUUID(), member: 'ida', action: 'search-type', resource: undefined },
    request: 'GET ExplanationOfBenefit?_revinclude=Provenance:target',
  };
  const given = accessEvent({ ...page, resources: { ExplanationOfBenefit: '79' } });
  const related = accessEvent({
    ...{ ...page, resources: { Provenance: 'of-79' } },
    counts: { Provenance: 1 },
  });
  await world.deliver(asLines(given, related));
  const out = join(folder, 'one-request');
  const resources = ['ExplanationOfBenefit/79', 'Provenance/of-79'];
  const asked = { tenant: 'northwind', member: 'ida', resources, out, apps: undefined };
  expect(await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY })).toMatchObject({ requests: 1 });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  expect(csv).toContain('"sent to","1 apps, in 1 requests"');
  expect(csv).toContain('Complete: 1 requests in 2 lines.');
});

it('says from whom it was withdrawn and why, and that nobody got it', async () => {
  const taken = accessEvent({
    ...{ kind: 'ingest', action: 'withdraw', member: 'ben', client: undefined, resource: undefined },
    user: { iss: 'urn:payer-patient-access:administration', sub: 'ada' },
    request: 'Claim/9: mixed up',
    recorded: '2026-11-26T10:00:00.000Z',
  });
  await world.deliver(asLines(taken));
  const out = join(folder, 'nobody');
  const asked = { tenant: 'northwind', member: 'ben', resources: ['Claim/9'], out, apps: undefined };
  expect(await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY })).toMatchObject({ requests: 0 });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  expect(csv).toContain('2026-11-26T10:00:00.000Z by ada: Claim/9: mixed up');
  expect(csv).toContain('"first and last","never"');
  expect(csv).toContain('Complete: 0 requests in 0 lines.');
});

it('is not made of a member whom the trail does not know', async () => {
  const asked = { tenant: 'northwind', member: 'nobody', resources: ['Claim/9'], apps: undefined };
  for (const out of [join(folder, 'wrong'), undefined])
    await expect(saw(auditor, { ...asked, out, signingKey: CHECKPOINT_KEY })).rejects.toThrow(
      'the trail of northwind has no event of the member nobody: is this the right id?',
    );
});

it('says that all records were exported, because that copy has this one too', async () => {
  const exported = accessEvent({
    ...{ kind: 'ingest', action: 'plan-export', member: undefined, client: undefined, resource: undefined },
    ...{ counts: undefined, recorded: '2026-11-26T10:00:00.000Z' },
    user: { iss: 'urn:payer-patient-access:administration', sub: 'ada' },
  });
  await world.deliver(asLines(exported, accessEvent(), accessEvent({ tenant: 'lakeside', member: 'zoe' })));
  for (const [tenant, member, times] of [
    ['northwind', 'anna', 1],
    ['lakeside', 'zoe', 0],
  ] as const) {
    const out = join(folder, `exported-${tenant}`);
    const asked = { tenant, member, resources: ['Claim/9'], out, apps: undefined };
    await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY });
    const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
    const said = 'All records that claims-service had were exported on 2026-11-26 (UTC) by ada';
    expect(csv.split(said)).toHaveLength(times + 1);
  }
});

it('names the other person of a merge, under whose id it left before', async () => {
  const merged = (member: string) =>
    accessEvent({
      ...{ kind: 'ingest', action: 'merge', member, client: undefined, resource: undefined },
      user: { iss: 'urn:payer-patient-access:administration', sub: 'ada' },
      request: '3f1c: one person (4 records)',
    });
  await world.deliver(asLines(merged('cora'), merged('cora-old'), accessEvent({ member: 'dora' })));
  const out = join(folder, 'merged');
  const asked = { tenant: 'northwind', member: 'cora', resources: ['Claim/9'], out, apps: undefined };
  await saw(auditor, { ...asked, signingKey: CHECKPOINT_KEY });
  const csv = await readFile(join(out, 'sightings.csv'), 'utf8');
  expect(csv).toContain('Patient/cora-old: what left under that id is not in this file.');
  expect(csv).not.toContain('dora');
});
