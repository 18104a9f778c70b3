/** The commands of the page about the directory and the formulary, run as they are printed, by nobody. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readPreview } from '@patient-access/preview';
import { blocksOf } from '../installation/page-blocks.ts';
import { runInShell } from '../installation/shell.ts';
import { directory, world } from '../installation/world.ts';

const { northwind } = world();
const { publicUrl } = readPreview(directory);
const bases = ['provider-directory', 'formulary'].map(
  (name) => `${publicUrl}/payer/${name}/v2/${northwind.id}`,
);
const [DIRECTORY] = bases;

interface Resource {
  resourceType: string;
  id: string;
  period?: { start?: string; end?: string };
  specialty?: { coding: { code: string }[] }[];
  network?: { reference: string }[];
  extension?: { url: string; valueReference?: { reference: string }; valueCodeableConcept?: unknown }[];
  plan?: { specificCost: { benefit: { type: unknown; cost: { value: { value: number } }[] }[] }[] }[];
  name?: unknown;
  address?: { city: string };
  subject?: { reference: string };
}
const END = '\n=====\n';
const today = new Date().toISOString().slice(0, 10);

/** What the commands of each block printed. */
let said: string[];
beforeAll(async () => {
  const blocks = blocksOf('published', 'bash').map((each) =>
    each.replaceAll('https://api.plan.example', publicUrl),
  );
  const ran = await runInShell(blocks.join(`\nprintf '${END.replaceAll('\n', '\\n')}'\n`));
  said = ran.said.split(END);
  // What a refused command printed says why.
  if (ran.code !== 0) throw new Error(`block ${said.length} ended with ${ran.code}: ${said.at(-1)}`);
  expect(said).toHaveLength(8);
});

function page(at: number): { matches: Resource[]; included: Resource[] } {
  const { entry = [] } = JSON.parse(said[at] ?? '') as {
    entry?: { resource: Resource; search: { mode: string } }[];
  };
  const of = (wanted: string) =>
    entry.filter(({ search }) => search.mode === wanted).map(({ resource }) => resource);
  expect(of('match').length).toBeGreaterThan(0);
  return { matches: of('match'), included: of('include') };
}
const typesOf = (resources: Resource[]) =>
  [...new Set(resources.map(({ resourceType }) => resourceType))].sort();
const isInForce = ({ period }: Resource) => period?.end === undefined || period.end >= today;
const extensionOf = ({ extension = [] }: Resource, name: string) =>
  extension.find(({ url }) => url.endsWith(name));

describe('the page about what plans publish', () => {
  test('finds who practises a specialty in a city', () => {
    const { matches, included } = page(1);
    for (const { specialty } of matches)
      expect(specialty?.flatMap(({ coding }) => coding.map(({ code }) => code))).toContain('207RC0000X');
    expect(matches.every(isInForce)).toBe(true);
    expect(typesOf(included)).toEqual(['Location', 'Practitioner']);
    for (const { address } of included.filter(({ resourceType }) => resourceType === 'Location'))
      expect(address?.city).toBe('Seattle');
  });

  test('finds who is in the network of a plan: people, and organizations', () => {
    const [people, organizations] = [page(2), page(3)];
    const networks = new Set(
      people.matches.map((role) => extensionOf(role, '/network-reference')?.valueReference?.reference),
    );
    expect(networks.size).toBe(1);
    const [network = ''] = networks;
    expect(
      organizations.matches.every((each) => each.network?.some(({ reference }) => reference === network)),
    ).toBe(true);
    expect([...people.matches, ...organizations.matches].every(isInForce)).toBe(true);
    expect([typesOf(people.included), typesOf(organizations.included)]).toEqual([
      ['Practitioner'],
      ['Organization'],
    ]);
  });

  test('finds contracts that have ended, with their last day', () => {
    const { matches, included } = page(4);
    for (const { period } of matches) expect((period?.end ?? '9') < today).toBe(true);
    expect(typesOf(included)).toEqual(['Organization']);
  });

  test('finds a drug, with its tier and whether the plan has to approve it', () => {
    const { matches, included } = page(5);
    expect(typesOf(included)).toEqual(['Basic']);
    const drugs = matches.map(({ id }) => `MedicationKnowledge/${id}`);
    for (const item of included) {
      expect(drugs).toContain(item.subject?.reference);
      for (const name of ['DrugTierID', 'PriorAuthorization', 'AvailabilityPeriod'])
        expect(extensionOf(item, `/usdf-${name}-extension`)).toBeDefined();
    }
  });

  test('finds what each tier costs in a plan', () => {
    const [{ plan = [] }] = page(6).matches as [Resource];
    const benefits = plan.flatMap(({ specificCost }) => specificCost.flatMap(({ benefit }) => benefit));
    expect(benefits.length).toBeGreaterThanOrEqual(2);
    for (const { cost } of benefits) expect(cost[0]?.value.value).toBeGreaterThan(0);
  });

  test('is told that nothing has changed', () => {
    expect(said[7]?.trim()).toBe('304');
  });

  test.each(bases)('says truly how any page may read %s, keep it, and how often', async (base) => {
    const type = base === DIRECTORY ? 'Location' : 'MedicationKnowledge';
    const answer = await fetch(`${base}/${type}?_count=1`, {
      headers: { origin: 'https://anybody.example', authorization: 'Bearer nonsense' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('ratelimit-policy')).toMatch(/^"published";q=\d+;w=60/);
    expect(answer.headers.get('ratelimit')).toMatch(/^"published";r=\d+;t=\d+/);
    expect((await fetch(`${base}/metadata`)).status).toBe(200);
    const nobody = base.replace(northwind.id, 'nobody');
    expect((await fetch(`${nobody}/metadata`)).status).toBe(404);
  });
});
