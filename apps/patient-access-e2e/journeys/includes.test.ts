import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FhirClient, ClientResource } from '@patient-access/first-call';
import { waitUntil } from '@patient-access/testing';
import { remove, runToEnd } from '../installation/installation.ts';
import { connect, ingestSettings, memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const CANARY = 'canary-of-another-member';

interface Entry {
  resource: ClientResource & { meta: { versionId: string } };
  search: { mode: string };
}

const nameOf = ({ resourceType, id }: ClientResource) => `${resourceType}/${id}`;
const to = (reference: string) => ({ reference });
const provenance = (id: string, target: string) => ({
  resourceType: 'Provenance',
  id,
  target: [to(target)],
  recorded: '2026-11-01T08:00:00Z',
  agent: [{ who: { display: 'The plan' } }],
});

async function importAll(resources: readonly object[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-includes-'));
  const file = join(folder, 'records.ndjson');
  await writeFile(file, resources.map((resource) => JSON.stringify(resource)).join('\n'));
  const { code, said } = await runToEnd(
    'tools/import/main.ts',
    ['--tenant', 'northwind', file],
    ingestSettings(),
  );
  remove(folder);
  expect([code, said]).toEqual([0, expect.any(String)]);
}

/** A page as text, and its entries. */
async function pageOf(client: FhirClient, path: string) {
  const response = await client.get(path);
  const text = await response.text();
  expect([path.split('?')[0], response.status]).toEqual([path.split('?')[0], 200]);
  const { entry = [], link } = JSON.parse(text) as {
    entry?: Entry[];
    link: { relation: string; url: string }[];
  };
  const of = (mode: string) =>
    entry.filter(({ search }) => search.mode === mode).map(({ resource }) => resource);
  const next = link.find(({ relation }) => relation === 'next')?.url;
  return { text, matches: of('match'), included: of('include'), next };
}

/** Types that no wildcard covers. They are missing from $everything unless the scope names them. */
const NAMED_ONLY = ['AuditEvent', 'Consent'];

describe('a page contains the resources that belong to it', () => {
  let client: FhirClient;
  let patient: string;
  let coverage: string;
  /** of the Coverage, before it changes */
  let firstVersion: string;
  beforeAll(async () => {
    const connected = await connect(northwind, 'ordinary');
    client = connected.client;
    patient = connected.session.patient;
    const [first] = await client.search('Coverage');
    const { id, meta, ...rest } = first as ClientResource & { meta: { versionId: string } };
    coverage = id;
    firstVersion = meta.versionId;
    const stranger = memberOf(northwind, 'many').patientId;
    await importAll([
      { ...rest, id, dependent: 'changed' },
      {
        resourceType: 'ExplanationOfBenefit',
        id: 'inc-eob',
        status: 'active',
        type: { text: 'professional' },
        use: 'claim',
        created: '2026-11-01',
        insurer: { display: 'The plan' },
        provider: { display: 'A practice' },
        outcome: 'complete',
        patient: to(`Patient/${patient}`),
        payee: { party: to(`Patient/${stranger}`) },
        insurance: [{ focal: true, coverage: to(`Coverage/${id}/_history/${firstVersion}`) }],
      },
      provenance('inc-of-eob', 'ExplanationOfBenefit/inc-eob'),
      provenance('inc-of-coverage', `Coverage/${id}`),
      {
        resourceType: 'Condition',
        id: 'inc-canary',
        subject: to(`Patient/${stranger}`),
        code: { text: CANARY },
        note: [{ text: `about Patient/${patient}` }],
      },
      provenance('inc-canary', 'Condition/inc-canary'),
    ]);
  });

  test('an ExplanationOfBenefit comes with everything that it refers to, with the bytes of a read', async () => {
    const page = await pageOf(client, 'ExplanationOfBenefit?_include=ExplanationOfBenefit:*&_count=5');
    const types = new Set(page.included.map(({ resourceType }) => resourceType));
    for (const type of ['Patient', 'Coverage', 'Organization', 'Practitioner'])
      expect([...types]).toContain(type);
    expect(page.matches).toHaveLength(5);
    for (const resource of [...page.matches, ...page.included]) {
      const response = await client.get(`${nameOf(resource)}/_history/${resource.meta.versionId}`);
      expect(page.text).toContain(`"resource":${await response.text()},"search"`);
    }
    const names = [...page.matches, ...page.included].map((one) => `${nameOf(one)}/${one.meta.versionId}`);
    expect(new Set(names).size).toBe(names.length);
    expect((await pageOf(client, page.next ?? '')).included.length).toBeGreaterThan(0);
  });

  test('the Coverage of the date of service and the Provenance come with a claim; the payee, another member, does not', async () => {
    const query = '_include=ExplanationOfBenefit:*&_revinclude=Provenance:target';
    const { matches, included } = await pageOf(client, `ExplanationOfBenefit?_id=inc-eob&${query}`);
    expect(matches).toHaveLength(1);
    expect(included.map(nameOf).sort()).toEqual([
      `Coverage/${coverage}`,
      `Patient/${patient}`,
      'Provenance/inc-of-eob',
    ]);
    expect(included.find(({ id }) => id === coverage)?.meta.versionId).toBe(firstVersion);
    const current = await pageOf(client, 'Coverage?_revinclude=Provenance:target');
    expect(current.included.map(nameOf)).toEqual(['Provenance/inc-of-coverage']);
    expect(current.matches.find(({ id }) => id === coverage)?.meta.versionId).not.toBe(firstVersion);
  });

  test('a care team comes with its people', async () => {
    const { included } = await pageOf(client, 'CareTeam?_include=CareTeam:participant:Practitioner');
    expect(included.length).toBeGreaterThan(0);
    expect(new Set(included.map(({ resourceType }) => resourceType))).toEqual(new Set(['Practitioner']));
  });

  test('F07: a subscriber who is another member does not come', async () => {
    const { client: spouse, session } = await connect(northwind, 'spouse');
    const { matches, included } = await pageOf(spouse, 'Coverage?_include=Coverage:*');
    const subscribers = matches.map((one) => (one['subscriber'] as { reference: string }).reference);
    expect(subscribers).not.toContain(`Patient/${session.patient}`);
    expect(included.filter(({ resourceType }) => resourceType === 'Patient').map(({ id }) => id)).toEqual([
      session.patient,
    ]);
  });

  test('a Provenance can be read and found at whichever owner it is stored', async () => {
    for (const id of ['inc-of-eob', 'inc-of-coverage'])
      expect((await client.get(`Provenance/${id}`)).status).toBe(200);
    expect((await client.get('Provenance/inc-canary')).status).toBe(404);
    const ids = (await client.search(`Provenance?patient=${patient}&_count=20`)).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['inc-of-eob', 'inc-of-coverage']));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain('inc-canary');
    expect(
      (await client.search('Provenance?target=ExplanationOfBenefit/inc-eob')).map(({ id }) => id),
    ).toEqual(['inc-of-eob']);
  });

  test('F27: $everything returns what all searches together return, and nothing of another member', async () => {
    const { rest } = await client.json<{
      rest: { resource: { type: string; searchParam?: { name: string }[] }[] }[];
    }>('metadata');
    const types = (rest[0]?.resource ?? [])
      .filter(({ searchParam }) => searchParam?.some(({ name }) => name === 'patient'))
      .map(({ type }) => type)
      .filter((type) => !NAMED_ONLY.includes(type));
    const found: string[] = [`Patient/${patient}`];
    for (const type of types) found.push(...(await client.search(`${type}?_count=100`)).map(nameOf));
    const walked: string[] = [];
    const beside = new Set<string>();
    let texts = '';
    let pages = 0;
    for (let next: string | undefined = `Patient/${patient}/$everything?_count=40`; next; pages += 1) {
      const page = await pageOf(client, next);
      walked.push(...page.matches.map(nameOf));
      for (const { resourceType } of page.included) beside.add(resourceType);
      texts += page.text;
      next = page.next;
    }
    expect(pages).toBeGreaterThan(3);
    expect([...walked].sort()).toEqual([...found].sort());
    expect(walked[0]).toBe(`Patient/${patient}`);
    expect([...beside]).toEqual(expect.arrayContaining(['Practitioner', 'Organization']));
    expect([...beside]).not.toContain('Patient');
    expect(texts).not.toContain(CANARY);
    const since = await client.search(
      `Patient/$everything?_since=${new Date(Date.now() + 60_000).toISOString()}`,
    );
    expect(since).toEqual([]);
    const texts404 = [];
    for (const other of [memberOf(northwind, 'many').patientId, 'nobody']) {
      const response = await client.get(`Patient/${other}/$everything`);
      texts404.push([response.status, (await response.text()).replace(/\(request .*?\)/, '')]);
    }
    expect(texts404[0]).toEqual(texts404[1]);
    expect(texts404[0]?.[0]).toBe(404);
  });

  test('$everything gives each resource once, the same with any _count, in pages that are full', async () => {
    const resourcesBy = async (count: number) => {
      const pages: string[][] = [];
      for (let next: string | undefined = `Patient/$everything?_count=${count}`; next;) {
        const page = await pageOf(client, next);
        pages.push([...page.matches, ...page.included].map(nameOf));
        next = page.next;
      }
      expect(pages.slice(0, -1).filter(({ length }) => length !== count)).toEqual([]);
      return pages.flat();
    };
    const whole = await resourcesBy(100);
    expect(new Set(whole).size).toBe(whole.length);
    expect(new Set(whole.map((name) => name.split('/')[0]))).toContain('Practitioner');
    for (const count of [7, 23, 50]) expect(await resourcesBy(count)).toEqual(whole);
  });

  test('each included type needs a scope of its own, and a granular scope applies to it as well', async () => {
    const scope = 'launch/patient patient/ExplanationOfBenefit.rs patient/Coverage.r?status=draft';
    const { client: narrow } = await connect(northwind, 'ordinary', scope);
    const page = await pageOf(
      narrow,
      'ExplanationOfBenefit?_include=*&_revinclude=Provenance:target&_count=5',
    );
    expect([page.matches.length, page.included]).toEqual([5, []]);
    const everything = await narrow.search('Patient/$everything?_count=100');
    expect(new Set(everything.map(({ resourceType }) => resourceType))).toEqual(
      new Set(['ExplanationOfBenefit']),
    );
    expect((await narrow.get('Patient/$everything?_type=ExplanationOfBenefit,Condition')).status).toBe(403);
  });

  test('each owner that was asked leaves one event with what it returned', async () => {
    await pageOf(client, 'ExplanationOfBenefit?_id=inc-eob&_include=*&_revinclude=Provenance:target');
    const requestId = client.requestIds.at(-1) ?? '';
    const expected = {
      'claims-service': { ExplanationOfBenefit: 1 },
      'clinical-service/related': { Provenance: 1 },
      'coverage-service/related': { Coverage: 1, Patient: 1 },
    };
    const events = await waitUntil(
      async () => {
        const counts = countsByService(await client.search('AuditEvent?_count=100'), requestId);
        return Object.keys(counts).length >= 3 && counts;
      },
      { withinMs: 20_000 },
    );
    expect(events).toEqual(expected);
  });
});

interface AuditEvent {
  entity: { what?: { identifier?: { value?: string } } }[];
  source: { observer: { display: string } };
  extension: { url: string; extension?: [{ valueCode: string }, { valueUnsignedInt: number }] }[];
}

function countsByService(found: ClientResource[], requestId: string): Record<string, Record<string, number>> {
  const events = (found as unknown as AuditEvent[]).filter(
    ({ entity }) => entity[0]?.what?.identifier?.value === requestId,
  );
  return Object.fromEntries(
    events.map(({ source, extension }) => [
      source.observer.display,
      Object.fromEntries(
        extension.flatMap(({ extension: parts }) =>
          parts ? [[parts[0].valueCode, parts[1].valueUnsignedInt]] : [],
        ),
      ),
    ]),
  );
}
