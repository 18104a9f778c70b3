/** The same data in any form is stored in the same way, and only once. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundle, importedCondition, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
let tenants = 0;
const newTenant = () => `tenant-${(tenants += 1)}`;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.end();
});

const DATA = [patient('p1'), importedCondition('c1', 'p1'), patient('p2')];
const BUNDLE = JSON.stringify(bundle('collection', ...DATA));
const LATE_TYPE = JSON.stringify({
  entry: bundle('batch', ...DATA).entry,
  type: 'batch',
  resourceType: 'Bundle',
});
const searchset = bundle('searchset', ...DATA.map((resource) => ({ resource, search: { mode: 'match' } })), {
  resource: { resourceType: 'OperationOutcome' },
  search: { mode: 'outcome' },
});

const FORMS: [string, string | Buffer][] = [
  ['collection.json', BUNDLE],
  ['pretty.json', JSON.stringify(JSON.parse(BUNDLE), null, 2)],
  ['windows.json', `\uFEFF${JSON.stringify(JSON.parse(BUNDLE), null, 4).replaceAll('\n', '\r\n')}`],
  ['type-after-entries.json', LATE_TYPE],
  ['searchset.json', JSON.stringify(searchset)],
  ['lines.ndjson', ndjson(...DATA)],
  ['lines.jsonl', ndjson(...DATA).trimEnd()],
  ['blank-lines.ndjson', `\uFEFF\n${ndjson(...DATA).replaceAll('\n', '\r\n\r\n')}`],
  ['lines-by-another-name.json', ndjson(...DATA)],
  ['document-by-another-name.ndjson', JSON.stringify(JSON.parse(BUNDLE), null, 2)],
  ['bundle-on-a-line.ndjson', ndjson(bundle('batch', ...DATA.slice(0, 2)), DATA[2])],
  ['zipped.ndjson.gz', gzipSync(ndjson(...DATA))],
  ['zipped.json.gz', gzipSync(BUNDLE)],
  ['zipped-by-another-name.json', gzipSync(BUNDLE)],
];

test.each(FORMS)('the form of %s gives the same stored resources', async (name, content) => {
  const tenant = newTenant();
  const { summary, rejections } = await world.importFiles(tenant, await world.file(name, content));
  expect(rejections).toEqual([]);
  expect(summary).toMatchObject({ created: 3, rejected: 0 });
  const rows = await world.stored(tenant);
  expect(rows.map(({ owner, type, id, member }) => [owner, type, id, member])).toEqual([
    ['coverage-service', 'Patient', 'p1', 'p1'],
    ['coverage-service', 'Patient', 'p2', 'p2'],
    ['clinical-service', 'Condition', 'c1', 'p1'],
  ]);
});

test('several files with a single resource each are imported together', async () => {
  const tenant = newTenant();
  const files = await Promise.all(
    DATA.map((resource) => world.file(`${resource.id}.json`, JSON.stringify(resource, null, 2))),
  );
  const { summary } = await world.importFiles(tenant, ...files);
  expect(summary.created).toBe(3);
});

test('entries of the Bundles in NDJSON count by their size, so that a batch is as small as of single resources', async () => {
  const tenant = newTenant();
  const note = [{ text: 'x'.repeat(1024 * 1024) }];
  const lineOf = (name: string) => {
    const entries = Array.from({ length: 10 }, (_, at) => importedCondition(`${name}-${at}`, 'p1', { note }));
    return bundle('transaction', ...entries);
  };
  const path = await world.file('large-bundles.ndjson', ndjson(lineOf('a'), lineOf('b')));
  await world.importFiles(tenant, path);
  const changed = (await world.stored(tenant)).map(
    ({ body }) => (JSON.parse(body) as { meta: { lastUpdated: string } }).meta.lastUpdated,
  );
  expect(changed).toHaveLength(20);
  // Of 8 MB each.
  expect(new Set(changed).size).toBe(3);
});

describe('a second import', () => {
  test('changes nothing when the data is the same, and stores a new version of a changed resource', async () => {
    const tenant = newTenant();
    const first = await world.file('first.ndjson', ndjson(...DATA));
    await world.importFiles(tenant, first);
    const before = await world.stored(tenant);
    const { summary } = await world.importFiles(tenant, first);
    expect(summary).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
    expect(await world.stored(tenant)).toEqual(before);

    const changed = importedCondition('c1', 'p1', { recordedDate: '2026-02-03' });
    const second = await world.file('second.ndjson', ndjson(DATA[0], changed, DATA[2]));
    expect((await world.importFiles(tenant, second)).summary).toMatchObject({ updated: 1, unchanged: 2 });
    const [row] = await world.stored(tenant, 'Condition/c1');
    expect(row?.version).toBe(2);
    expect(JSON.parse(row?.body ?? '')).toMatchObject(changed);
  });

  test('of more than one batch for another tenant leaves the first tenant alone', async () => {
    const [one, other] = [newTenant(), newTenant()];
    const many = Array.from({ length: 1_203 }, (_, at) => importedCondition(`c${at}`, 'p1'));
    const file = await world.file('many.ndjson', ndjson(...many));
    expect((await world.importFiles(one, file)).summary.created).toBe(1_203);
    expect((await world.importFiles(other, file)).summary.created).toBe(1_203);
    expect(await world.stored(one)).toHaveLength(1_203);
  });
});

describe('references inside a Bundle', () => {
  const UUID = 'urn:uuid:88a2bf0d-1f61-4b1c-a9e6-6b8d0d9f1a11';
  const OTHER = 'urn:uuid:99a2bf0d-1f61-4b1c-a9e6-6b8d0d9f1a22';
  const post = (url: string) => ({ method: 'POST', url });

  test('are resolved in a transaction, also to later entries, and an entry without an id gets a stable one', async () => {
    const tenant = newTenant();
    const subject = { reference: UUID };
    const transaction = bundle(
      'transaction',
      {
        fullUrl: OTHER,
        resource: {
          resourceType: 'Encounter',
          status: 'finished',
          class: { code: 'AMB' },
          subject,
          contained: [{ resourceType: 'Condition', subject }],
        },
        request: post('Encounter'),
      },
      { fullUrl: UUID, resource: { resourceType: 'Patient' }, request: post('Patient') },
      {
        resource: importedCondition('c1', 'x', {
          subject,
          encounter: { reference: OTHER },
          note: [{ text: UUID }],
        }),
        request: { method: 'PUT', url: 'Condition/c1' },
      },
    );
    const file = await world.file('transaction.json', JSON.stringify(transaction, null, 1));
    const { summary, rejections } = await world.importFiles(tenant, file);
    expect(rejections).toEqual([]);
    expect(summary.created).toBe(3);
    const id = UUID.slice('urn:uuid:'.length);
    const bodies = Object.fromEntries(
      (await world.stored(tenant)).map(({ type, body, member }) => [type, { member, ...JSON.parse(body) }]),
    );
    expect(bodies['Patient']).toMatchObject({ id, member: id });
    expect(bodies['Encounter']).toMatchObject({
      id: OTHER.slice('urn:uuid:'.length),
      member: id,
      subject: { reference: `Patient/${id}` },
      contained: [{ subject: { reference: `Patient/${id}` } }],
    });
    expect(bodies['Condition']).toMatchObject({
      encounter: { reference: `Encounter/${OTHER.slice('urn:uuid:'.length)}` },
      note: [{ text: UUID }],
    });
    expect((await world.importFiles(tenant, file)).summary).toMatchObject({ created: 0, unchanged: 3 });
  });

  test('become relative when they are absolute, while canonical names stay as they are', async () => {
    const tenant = newTenant();
    const base = 'https://plan.example/fhir';
    const questionnaire = `${base}/Questionnaire/q`;
    const collection = bundle(
      'collection',
      { fullUrl: `${base}/Patient/p`, resource: patient('p') },
      {
        fullUrl: `${base}/Binary/b`,
        resource: {
          resourceType: 'Binary',
          id: 'b',
          contentType: 'text/plain',
          securityContext: { reference: `${base}/Patient/p` },
        },
      },
      {
        fullUrl: questionnaire,
        resource: { resourceType: 'Questionnaire', id: 'q', status: 'active', url: questionnaire },
      },
      {
        resource: {
          resourceType: 'DocumentReference',
          id: 'd',
          status: 'current',
          subject: { reference: `${base}/Patient/p/_history/3` },
          author: [{ reference: `${base}/Patient/unknown` }],
          content: [{ attachment: { url: `${base}/Binary/b` } }],
          extension: [{ url: questionnaire, valueString: 'x' }],
        },
      },
    );
    const { rejections } = await world.importFiles(
      tenant,
      await world.file('abs.json', JSON.stringify(collection)),
    );
    expect(rejections).toEqual([]);
    const [document] = await world.stored(tenant, 'DocumentReference/d');
    expect(document?.member).toBe('p');
    expect(JSON.parse(document?.body ?? '')).toMatchObject({
      subject: { reference: 'Patient/p/_history/3' },
      author: [{ reference: `${base}/Patient/unknown` }],
      content: [{ attachment: { url: 'Binary/b' } }],
      extension: [{ url: questionnaire }],
    });
    const [stays] = await world.stored(tenant, 'Questionnaire/q');
    expect(JSON.parse(stays?.body ?? '')).toMatchObject({ url: questionnaire });
  });
});
