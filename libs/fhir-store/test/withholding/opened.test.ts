/**
 * A change of what is withheld from an app changes nothing that the app sees, also where it could not see something else before
 * (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md).
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';
import { observation } from '@patient-access/testing';
import { alone, formAnew } from '../../src/ingest.ts';
import { asMember, type Asker, bundleOf, nextOf, startWorld, type World } from '../world.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const labelled = (...codes: string[]) => ({
  meta: { security: codes.map((code) => ({ system: ACT, code })) },
});
const secret = (id: string, ...codes: string[]) => observation(id, 'anna', labelled(...codes));
const naming = (id: string, names: readonly string[], more: object = {}): Resource =>
  observation(id, 'anna', {
    ...more,
    hasMember: names.map((each) => ({ reference: `Observation/${each}` })),
  });

let world: World;
let pool: Pool;
beforeAll(async () => {
  world = await startWorld();
  pool = await createPool(world.urls.ingest, { max: 2 });
});
afterAll(async () => {
  await pool?.end();
  await world?.stop();
});

/** A resource as it was read, and every entry of its history. */
async function seen(app: Asker, id: string) {
  const { status, headers, text } = await app(`Observation/${id}`);
  const history = bundleOf(await app(`Observation/${id}/_history?_count=50`));
  return { status, etag: headers['etag'], text, entries: history.entry };
}

it('a form that is made anew has the bytes that it had, whatever meta the plan sent', async () => {
  const meta = { lastUpdated: '2026-01-01T00:00:00Z', profile: ['https://e.example/of-the-plan'] };
  await world.store('bytes', naming('x', ['w'], { meta }));
  const app = await asMember(world, 'bytes', 'anna', { sensitive: [`${ACT}|SUD`] });
  const before = await seen(app, 'x');
  await world.store('bytes', secret('w', 'SUD'));
  expect(await seen(app, 'x')).toEqual(before);
});

it('what was opened stays so, and is named in no version of before, when more is hidden of something else', async () => {
  const app = await asMember(world, 'stays', 'anna');
  await world.store('stays', secret('first', 'SUD'), secret('second', 'MH'));
  await world.store('stays', naming('x', ['first', 'second']));
  await world.store('stays', secret('first'));
  const before = await seen(app, 'x');
  expect(before.entries?.map(({ resource }) => 'hasMember' in resource)).toEqual([true, false]);
  await world.store('stays', secret('second', 'MH', 'SUD'));
  expect(await seen(app, 'x')).toEqual(before);
  for await (const _ of formAnew(alone(pool), 'stays'));
  expect(await seen(app, 'x')).toEqual(before);
});

it('the pages of a history have the version that was opened, and the one that came next', async () => {
  const app = await asMember(world, 'pages', 'anna');
  await world.store('pages', secret('w', 'SUD'), naming('x', ['w']));
  await world.store('pages', secret('w'));
  await world.store('pages', naming('x', ['w'], { note: [{ text: 'later' }] }));
  const versions: (string | undefined)[] = [];
  for (let path: string | undefined = 'Observation/x/_history?_count=1'; path;) {
    const answer = await app(path);
    versions.push(...(bundleOf(answer).entry ?? []).map(({ resource: { meta } }) => meta?.['versionId']));
    path = nextOf(answer, 'pages');
  }
  const { entries } = await seen(app, 'x');
  expect(versions).toEqual(entries?.map(({ resource: { meta } }) => meta?.['versionId']));
  expect(versions).toHaveLength(3);
});
