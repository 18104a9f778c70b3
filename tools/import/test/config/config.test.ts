import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseOf, ingestSetting, RECORD_SERVICES } from '@patient-access/topology';
import { ingestUrls } from '../../config.ts';

let folder: string;
const of = (login: string) =>
  Object.fromEntries(
    RECORD_SERVICES.map((service) => [service, `postgres://${login}@db/${databaseOf(service)}`]),
  );
const within = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-import-config-'));
  await writeFile(within('ingest.json'), JSON.stringify(of('a')));
  await writeFile(within('broken.json'), '{"coverage-service": 1');
  await writeFile(within('secret'), 'postgres://b@db/claims\n');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('without settings the databases are those of the preview', () => {
  expect(ingestUrls(within('ingest.json'), {})).toEqual(of('a'));
});

test('settings in the environment or in mounted files have precedence', () => {
  const { CLAIMS_INGEST_URL: _, ...env } = Object.fromEntries(
    RECORD_SERVICES.map((service) => [ingestSetting(service), of('b')[service]]),
  );
  const settings = { ...env, CLAIMS_INGEST_URL_FILE: within('secret') };
  expect(ingestUrls(within('ingest.json'), settings)).toEqual(of('b'));
});

test('without settings and preview, one line names both possibilities', () => {
  expect(() => ingestUrls(within('gone.json'), {})).toThrow(
    /^no database to import into: .*npm start.*CLAIMS_INGEST_URL/,
  );
  expect(() => ingestUrls(within('broken.json'), {})).toThrow(/does not hold the databases of the preview/);
});
