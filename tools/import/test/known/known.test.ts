/** What is stored as it comes, and was checked by the same rules, is not checked again; otherwise nothing is different. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Owner } from '@patient-access/fhir';
import { seededRandom } from '@patient-access/testing';
import pg from 'pg';
import type { FileLine, Input } from '../../store/input.ts';
import { importResources } from '../../store/import.ts';
import { importedCondition, importedProvenance, ndjson, patient } from '../resources.ts';
import { createWorld, type World } from '../world.ts';

const RULES = Buffer.from('the rules of today');

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.end());

async function asAdmin(owner: Owner, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: world.adminUrlOf(owner) });
  await client.connect();
  return (await client.query<Record<string, unknown>>(text).finally(() => client.end())).rows;
}

test('it is checked again when the rules are others, and only then', async () => {
  const file = await world.file('nameless.ndjson', ndjson(patient('nameless')));
  const run = async (guides: string) =>
    JSON.parse((await world.run('main', ['--tenant', 'rules', '--guides', guides, '--json', file])).out);
  const profiles = async () =>
    (await asAdmin('coverage-service', 'SELECT profile FROM profile_check')).map(({ profile }) => profile);
  const findings = async () =>
    (
      await asAdmin(
        'coverage-service',
        "SELECT findings FROM feed_load WHERE tenant = 'rules' ORDER BY finished",
      )
    ).map((row) => row['findings']);
  expect(await run('2027')).toMatchObject({ created: 1 });
  const checked = await profiles();
  expect(checked.length).toBeGreaterThan(0);
  await asAdmin('coverage-service', "UPDATE profile_check SET profile = 'seen before' || profile");
  expect(await run('2027')).toMatchObject({ unchanged: 1 });
  expect(await profiles()).toEqual(checked.map((profile) => `seen before${String(profile)}`));
  expect(await findings()).toEqual([1, 1]);
  expect(await run('2023')).toMatchObject({ unchanged: 1 });
  expect((await profiles()).filter((profile) => String(profile).startsWith('seen'))).toEqual([]);
}, 60_000);

test('what is nested too deep ends no import, also where such a resource is stored', async () => {
  const rejected: string[] = [];
  const load = (...resources: unknown[]) =>
    importResources(
      world.stores,
      'deep',
      resources.map((resource, origin): Input<number> => ({ origin, resource })),
      { checkedBy: RULES, onReject: ({ reason }) => void rejected.push(reason) },
    );
  await load(patient('deep'));
  const extension = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  expect(await load(patient('deep', { extension }), patient('good'))).toMatchObject({
    created: 1,
    rejected: 1,
  });
  expect(rejected).toEqual(['nested deeper than 100']);
}, 60_000);

/** Inputs in which the same few resources come again and again, changed, unchanged, of another member, or deleted. */
function someInputs(random: ReturnType<typeof seededRandom>, count: number): Input<number>[] {
  const one = (origin: number): Input<number> => {
    const id = `c${random.below(12)}`;
    const kind = random.below(20);
    if (kind === 0) return { origin, deleted: { type: 'Condition', id } };
    if (kind === 1) return { origin, resource: importedProvenance(`v${id}`, `Condition/${id}`) };
    if (kind === 2)
      return { origin, resource: { resourceType: 'Practitioner', id, active: random.pick([true, false]) } };
    const code = { text: random.pick(['asthma', 'gout']) };
    const text = random.pick([undefined, '<div xmlns="http://www.w3.org/1999/xhtml"><script/>a</div>']);
    return {
      origin,
      resource: importedCondition(id, random.pick(['p', 'p', 'p', 'q']), {
        code,
        ...(text !== undefined && { text: { status: 'generated', div: text } }),
        meta: { lastUpdated: random.pick(['2026-01-01T00:00:00Z', '2090-01-01T00:00:00Z']) },
      }),
    };
  };
  return Array.from({ length: count }, (_, origin) => one(origin));
}

/** The same inputs, as lines of a file. */
const asLines = (inputs: readonly Input<number>[]): (Input<number> | FileLine<number>)[] =>
  inputs.map((input) =>
    'resource' in input
      ? { origin: input.origin, bytes: Buffer.from(JSON.stringify(input.resource)), read: () => [input] }
      : input,
  );

test('everything else becomes the same as when each is checked', async () => {
  const random = seededRandom(119);
  // How many versions there are depends on which inputs are stored together.
  const stored = async (tenant: string) =>
    asAdmin(
      'clinical-service',
      `SELECT type, id, member, is_deleted, body::jsonb #- '{meta,versionId}' #- '{meta,lastUpdated}' AS body
         FROM (SELECT type, id, member, false AS is_deleted, body FROM resource WHERE tenant = '${tenant}'
               UNION ALL SELECT type, id, member, true, body FROM deleted_resource WHERE tenant = '${tenant}') v
        ORDER BY type, id, member, is_deleted`,
    );
  let known = 0;
  for (const count of [40, 520, 40]) {
    const inputs = someInputs(random, count);
    // The same again, so that there is something to know.
    for (const each of [inputs, inputs]) {
      await importResources(world.stores, 'checked', each);
      const knowing = await importResources(world.stores, 'knowing', each, { checkedBy: RULES });
      const lines = await importResources(world.stores, 'lines', asLines(each), { checkedBy: RULES });
      expect(lines).toEqual(knowing);
      known += knowing.unchanged;
    }
    expect(await stored('knowing')).toEqual(await stored('checked'));
    expect(await stored('lines')).toEqual(await stored('checked'));
  }
  expect(known).toBeGreaterThan(20);
  const [marked] = await asAdmin(
    'clinical-service',
    'SELECT count(*)::int AS n FROM resource WHERE checked_by IS NOT NULL',
  );
  expect(marked?.['n']).toBeGreaterThan(5);
}, 120_000);
