/** A line that is known is not read; in every doubt it is, and then nothing is different from reading each. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Owner, ProfileValidator } from '@patient-access/fhir';
import {
  applySensitiveCodes,
  Ingest,
  mergePersons,
  reindex,
  setSensitiveCodes,
  withdraw,
} from '@patient-access/fhir-store/ingest';
import pg from 'pg';
import { feedsOf } from '../../freshness/feeds-of.ts';
import { recordsOf } from '../../read/records.ts';
import { type ImportOptions, importResources } from '../../store/import.ts';
import type { FileLine, Input } from '../../store/input.ts';
import { importedCondition, importedProvenance, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const CLINICAL: Owner = 'clinical-service';
const FEED = { owner: CLINICAL, by: 'officer' } as const;
const RULES = Buffer.from('the rules of today');
const OTHERS = Buffer.from('the rules of tomorrow');

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

async function asAdmin(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: world.adminUrlOf(CLINICAL) });
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
}

/** Loads lines, and tells the numbers of those that were read. */
async function load(tenant: string, lines: readonly string[], options: ImportOptions<number> = {}) {
  const read: number[] = [];
  const reasons: string[] = [];
  const inputs = lines.map((text, origin): FileLine<number> => ({
    origin,
    bytes: Buffer.from(text),
    read: () => {
      read.push(origin);
      return [{ origin, resource: JSON.parse(text) as unknown } satisfies Input<number>];
    },
  }));
  const onReject = ({ reason }: { reason: string }) => void reasons.push(reason);
  const summary = await importResources(world.stores, tenant, inputs, {
    checkedBy: RULES,
    onReject,
    ...options,
  });
  const { created, updated, unchanged, deleted, rejected, cleaned, repeated } = summary;
  const counts = { created, updated, unchanged, deleted, rejected, cleaned, repeated };
  return { counts: Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)), read, reasons };
}

const condition = (id: string, more: object = {}) => JSON.stringify(importedCondition(id, 'p', more));
const memberOf = async (tenant: string, reference: string) =>
  (await world.stored(tenant, reference)).map(({ member }) => member);

test('what is known by its line counts as what is read does', async () => {
  const changed = { meta: { lastUpdated: '2026-01-02T00:00:00Z' } };
  const lines = [
    JSON.stringify(patient('p')),
    condition('a', changed),
    condition('b', { code: { text: 'x' } }),
  ];
  expect(await load('counts', lines)).toMatchObject({ counts: { created: 3 }, read: [0, 1, 2] });
  const complete = { types: ['Condition'], atMost: 1 };
  expect(await load('counts', lines.toReversed(), { complete })).toEqual({
    counts: { unchanged: 3 },
    read: [],
    reasons: [],
  });
  const feed = (await feedsOf(world.stores, 'counts', new Date())).find(({ type }) => type === 'Condition');
  expect(feed).toMatchObject({
    newest: new Date('2026-01-02T00:00:00Z'),
    last: { unchanged: 2, deleted: 0 },
  });
  // The complete load knows which of them came.
  expect(await load('counts', lines.slice(0, 2), { complete })).toMatchObject({
    counts: { unchanged: 2 },
    read: [],
  });
  expect((await world.stored('counts')).map(({ id }) => id)).toEqual(['p', 'a']);
  // What it deleted comes back as a file says that it does, or not at all.
  expect(await load('counts', lines)).toMatchObject({
    read: [2],
    reasons: [expect.stringContaining('deleted')],
  });
}, 60_000);

test('a line with other bytes is read, also where its content is known', async () => {
  const [line, spaced] = [condition('c'), condition('c').replace('"id":', '"id": ')];
  await load('bytes', [JSON.stringify(patient('p')), line]);
  expect(await load('bytes', [spaced])).toMatchObject({ counts: { unchanged: 1 }, read: [0] });
  expect(await load('bytes', [line])).toMatchObject({ counts: { unchanged: 1 }, read: [] });
  // A member of another plan has a line of the same bytes.
  expect(await load('another', [JSON.stringify(patient('p')), line])).toMatchObject({
    counts: { created: 2 },
    read: [0, 1],
  });
}, 60_000);

test('other rules read each line once', async () => {
  const lines = [JSON.stringify(patient('p')), condition('c')];
  await load('rules', lines);
  expect(await load('rules', lines, { checkedBy: OTHERS })).toMatchObject({ read: [0, 1] });
  expect(await load('rules', lines, { checkedBy: OTHERS })).toMatchObject({ read: [] });
  expect(await load('rules', lines)).toMatchObject({ counts: { unchanged: 2 }, read: [0, 1] });
}, 60_000);

test('lines of the same resource in one load are read, and the last one is stored', async () => {
  const [first, second] = [condition('c', { code: { text: 'x' } }), condition('c', { code: { text: 'y' } })];
  const others = Array.from({ length: 700 }, (_, at) => condition(`o${at}`));
  await load('twice', [JSON.stringify(patient('p')), second, ...others]);
  const near = await load('twice', [first, second]);
  expect(near).toMatchObject({ counts: { unchanged: 2, repeated: 1 }, read: [0, 1] });
  const far = await load('twice', [first, ...others, second]);
  expect(far).toMatchObject({ counts: { unchanged: 702, repeated: 1 }, read: [0, 701] });
  const [stored] = await world.stored('twice', 'Condition/c');
  expect(JSON.parse(stored?.body ?? '{}')).toMatchObject({ code: { text: 'y' } });
}, 60_000);

test('a line of which the glance is wrong is read each time', async () => {
  const within = JSON.stringify({
    contained: [{ resourceType: 'Practitioner', id: 'who' }],
    ...importedCondition('outer', 'p'),
  });
  const later = JSON.stringify({
    ...importedCondition('later', 'p'),
    extension: [{ url: 'https://a.example', valueString: '"lastUpdated":"2026-01-01"' }],
    code: { extension: [{ id: 'lastUpdated', url: 'https://a.example', valueString: 'x' }] },
  });
  await load('glance', [JSON.stringify(patient('p')), within, later]);
  expect(await load('glance', [within])).toMatchObject({ counts: { unchanged: 1 }, read: [0] });
  expect(await load('glance', [later])).toMatchObject({ counts: { unchanged: 1 }, read: [] });
}, 60_000);

test('a line with a Bundle is read each time, also where its keys are sorted and the glance is at its first entry', async () => {
  const sorted = (...resources: object[]) =>
    JSON.stringify({
      entry: resources.map((resource) => ({ resource })),
      resourceType: 'Bundle',
      type: 'batch',
    });
  const nobody = { resourceType: 'Condition', id: 'nobody' };
  const importing = async (name: string, complete: string[], ...lines: string[]) => {
    const path = await world.file(name, `${lines.join('\n')}\n`);
    const { created, unchanged, deleted, rejected } = await importResources(
      world.stores,
      'bundles',
      recordsOf(path),
      { checkedBy: RULES, ...(complete.length > 0 && { complete: { types: complete, atMost: 1 } }) },
    );
    return { created, unchanged, deleted, rejected };
  };
  const [one, other] = [sorted(patient('p'), importedCondition('c', 'p')), sorted(patient('q'), nobody)];
  expect(await importing('first.ndjson', [], one, other)).toMatchObject({ created: 3, rejected: 1 });
  // What is wrong is said again.
  expect(await importing('again.ndjson', [], one, other)).toMatchObject({ unchanged: 3, rejected: 1 });
  // What stands behind the first entry has come.
  const last = sorted(patient('q'));
  expect(await importing('all.ndjson', ['Condition'], one, last)).toMatchObject({
    ...{ unchanged: 3, deleted: 0, rejected: 0 },
  });
  expect(await memberOf('bundles', 'Condition/c')).toEqual(['p']);
}, 60_000);

test('what more than the line decides is read: whose a Provenance is, and a narrative that is cleaned', async () => {
  const div = '<div xmlns="http://www.w3.org/1999/xhtml"><script/>a</div>';
  const cleaned = condition('c', { text: { status: 'generated', div } });
  const lines = [
    JSON.stringify(patient('p')),
    cleaned,
    JSON.stringify(importedProvenance('v', 'Condition/c')),
  ];
  await load('more', lines);
  expect(await load('more', lines)).toMatchObject({ counts: { unchanged: 3, cleaned: 1 }, read: [1, 2] });
  // It follows its target to another member.
  const moved = JSON.stringify(importedCondition('c', 'q'));
  expect(await load('more', [JSON.stringify(patient('q')), moved, ...lines.slice(2)])).toMatchObject({
    counts: { created: 1, updated: 2 },
  });
  expect(await memberOf('more', 'Provenance/v')).toEqual(['q']);
}, 60_000);

test('what a merge, a withdrawal, new labels or reindex have changed is read', async () => {
  const coded = { code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F10.1' }] } };
  const lines = [
    ...[patient('p'), patient('q')].map((each) => JSON.stringify(each)),
    ...[condition('a'), condition('b', coded), condition('wrong')],
  ];
  await load('changed', lines);
  expect(await load('changed', lines)).toMatchObject({ read: [] });
  const all = [...world.stores.values()];
  const own = world.stores.get(CLINICAL) as (typeof all)[number];
  const databases = { own, all };
  await withdraw(
    { databases, tenant: 'changed', ingest: new Ingest(databases, 'changed'), feed: FEED },
    { member: 'p', record: { type: 'Condition', id: 'wrong' }, reason: 'not hers' },
  );
  expect(await load('changed', lines)).toMatchObject({ counts: { rejected: 1, unchanged: 4 }, read: [4] });
  const codes = [
    { category: 'substance-use', codes: { 'http://hl7.org/fhir/sid/icd-10-cm': ['F10*'] } },
  ] as const;
  await setSensitiveCodes(all, 'changed', codes);
  for await (const _ of applySensitiveCodes(databases, 'changed', codes));
  expect(await load('changed', lines.slice(0, 4))).toMatchObject({ counts: { unchanged: 4 }, read: [3] });
  expect(await load('changed', lines.slice(0, 4))).toMatchObject({ read: [] });
  for await (const _ of reindex(own, 'changed', undefined, new ProfileValidator([])));
  expect(await load('changed', lines.slice(0, 4))).toMatchObject({ read: [2, 3] });
  await mergePersons(
    { databases, tenant: 'changed', feed: FEED },
    { change: 'c-1', replaced: 'p', survivor: 'q', reason: 'two cards' },
  );
  const after = await load('changed', lines.slice(0, 4));
  expect(after).toMatchObject({ read: [0, 1, 2, 3] });
  expect(await memberOf('changed', 'Condition/a')).toEqual(['q']);
  // What was sent is not what is stored, so its line is never known.
  expect(await load('changed', lines.slice(2, 4))).toMatchObject({ read: [0, 1] });
  expect(await memberOf('changed', 'Condition/a')).toEqual(['q']);
}, 120_000);

test.each([
  ['the release before noted only its own rules', 'checked_by = sha256(checked_by)'],
  ['nothing was noted', 'checked_by = NULL'],
  ['the content beneath is another', "hash = sha256('another')"],
  ['the member beneath is another', "member = 'q'"],
  [
    'half of the mark is another',
    "checked_by = substring(checked_by FOR 16) || substring(sha256('') FOR 16)",
  ],
])(
  'a line is read where %s',
  async (what, change) => {
    const tenant = what.replaceAll(' ', '-');
    const lines = [JSON.stringify(patient('p')), condition('c')];
    await load(tenant, lines);
    expect(await load(tenant, lines)).toMatchObject({ counts: { unchanged: 2 }, read: [] });
    await asAdmin(`UPDATE resource SET ${change} WHERE tenant = '${tenant}'`);
    expect(await load(tenant, lines)).toMatchObject({ read: [1] });
    expect(await memberOf(tenant, 'Condition/c')).toEqual(['p']);
  },
  60_000,
);

test('what is read and found to be stored as it comes is not checked again, and nothing is loaded for it', async () => {
  const tenant = 'settled';
  const lines = [
    JSON.stringify(patient('p')),
    condition('c'),
    JSON.stringify(importedProvenance('v', 'Condition/c')),
  ];
  let loads = 0;
  const profiles = async () => {
    loads += 1;
    return new ProfileValidator([]);
  };
  const found = async () =>
    (
      await asAdmin(`SELECT findings FROM profile_check WHERE tenant = '${tenant}' AND type = 'Provenance'`)
    ).map(({ findings }) => findings);
  const counted = async () =>
    (await feedsOf(world.stores, tenant, new Date())).find(({ type }) => type === 'Provenance')?.last
      ?.findings;
  await load(tenant, lines, { profiles });
  expect(loads).toBeGreaterThan(0);
  expect([await found(), await counted()]).toEqual([[], 0]);
  await asAdmin(
    `INSERT INTO profile_check (tenant, member, type, id, profile, findings)
     VALUES ('${tenant}', 'p', 'Provenance', 'v', 'of before', '[{}]')`,
  );
  loads = 0;
  expect(await load(tenant, lines, { profiles })).toMatchObject({ counts: { unchanged: 3 }, read: [2] });
  expect([loads, await found(), await counted()]).toEqual([0, ['[{}]'], 1]);
  expect(await load(tenant, lines, { profiles, checkedBy: OTHERS })).toMatchObject({ read: [0, 1, 2] });
  expect([await found(), await counted()]).toEqual([[], 0]);
  loads = 0;
  await load(tenant, lines, { profiles, checkedBy: OTHERS });
  expect(loads).toBe(0);
}, 60_000);
