/** What a plan publishes for tools that make clients: an OpenAPI document, and a collection for Postman. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERROR_ENTRIES } from '@patient-access/fhir';
import { kitsInstalled, lint, runCollection } from '../kits/kits.ts';
import { memberOf, world } from '../installation/world.ts';

const { northwind } = world();
const TUTORIAL = resolve(import.meta.dirname, '../../../docs/developers/tutorial.md');
const RUN_MS = 240_000;

const canRun = kitsInstalled();
if (!canRun)
  process.stderr.write('skipped: npm ci in apps/patient-access-e2e/kits installs newman and Spectral\n');

const published = async (name: string) => {
  const response = await fetch(`${northwind.fhirBase}/${name}`, {
    headers: { origin: 'https://any.example' },
  });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  return response.text();
};

describe('what a plan publishes about its API', () => {
  test('the OpenAPI document names this plan, and every address in it exists', async () => {
    const { servers, paths } = JSON.parse(await published('openapi.json')) as {
      servers: { url: string }[];
      paths: Record<string, { get?: object; servers?: { url: string }[] }>;
    };
    expect(servers.map(({ url }) => url)).toEqual([northwind.fhirBase]);
    const asked = Object.entries(paths).filter(([path, { get }]) => get && !path.includes('{'));
    expect(asked.length).toBeGreaterThan(40);
    for (const [path, { servers: own = servers }] of asked) {
      const { status } = await fetch(`${own[0]?.url}${path}`, { redirect: 'manual' });
      // Without a token, and the authorization endpoint without parameters: not "there is no such thing".
      expect([path, [200, 400, 401].includes(status)]).toEqual([path, true]);
    }
  });

  test('the collection has the folders that the tutorial walks through', async () => {
    const { item } = JSON.parse(await published('postman.json')) as { item: { name: string }[] };
    const rows = readFileSync(TUTORIAL, 'utf8').matchAll(/^\| `(\d [^`]+)`/gm);
    expect([...rows].map(([, name]) => name)).toEqual(item.map(({ name }) => name));
  });

  (canRun ? test : test.skip)(
    'Spectral finds nothing in the OpenAPI document',
    async () => {
      expect(await lint(await published('openapi.json'))).toEqual([]);
    },
    RUN_MS,
  );

  (canRun ? test : test.skip)(
    'newman walks the collection from discovery to the end of the access, and meets each error on the way',
    async () => {
      const { login, password } = memberOf(northwind, 'ordinary');
      const collection = JSON.parse(await published('postman.json')) as object;
      const { stats, failures, executions } = await runCollection(collection, { login, password });
      expect(failures.map(({ source, error }) => [source?.name, error.test, error.message])).toEqual([]);
      expect(stats.requests.total).toBeGreaterThan(100);
      expect(stats.assertions.total).toBeGreaterThan(stats.requests.total);
      const said = new Set(
        executions.flatMap(({ assertions = [] }) => assertions.map((each) => each.assertion)),
      );
      const provoked = [...ERROR_ENTRIES.fhir, ...ERROR_ENTRIES.oauth].filter(({ takes }) => !takes);
      expect(provoked.map(({ code }) => code).filter((code) => !said.has(`says ${code}`))).toEqual([]);
    },
    RUN_MS,
  );
});
