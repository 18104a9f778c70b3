import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { databaseOf, ingestSetting, RECORD_SERVICES } from '@patient-access/topology';
import { ingestUrls, installationAddress } from '../../config.ts';

let folder: string;
const of = (login: string) =>
  Object.fromEntries(
    RECORD_SERVICES.map((service) => [service, `postgres://${login}@db/${databaseOf(service)}`]),
  );
const within = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-import-config-'));
  await writeFile(within('ingest.json'), JSON.stringify(of('a')));
  await writeFile(within('preview.json'), '{"publicUrl": "http://localhost:8090"}');
  await mkdir(within('broken'));
  await writeFile(within('broken/ingest.json'), '{"coverage-service": 1');
  await writeFile(within('secret'), 'postgres://b@db/claims\n');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('without settings the databases, and the address, are those of the preview in LOCAL_DIR', () => {
  expect(ingestUrls({ LOCAL_DIR: folder })).toEqual(of('a'));
  expect(installationAddress({ LOCAL_DIR: folder })).toEqual({
    publicUrl: 'http://localhost:8090',
    isPreview: true,
  });
});

test('settings in the environment or in mounted files have precedence', () => {
  const { CLAIMS_INGEST_URL: _, ...env } = Object.fromEntries(
    RECORD_SERVICES.map((service) => [ingestSetting(service), of('b')[service]]),
  );
  const settings = { ...env, CLAIMS_INGEST_URL_FILE: within('secret') };
  expect(ingestUrls({ ...settings, LOCAL_DIR: folder })).toEqual(of('b'));
});

test('without settings and preview, one line names both possibilities', () => {
  expect(() => ingestUrls({ LOCAL_DIR: within('gone') })).toThrow(
    /^no database to import into: .*npm start.*CLAIMS_INGEST_URL/,
  );
  expect(() => ingestUrls({ LOCAL_DIR: within('broken') })).toThrow(
    /does not hold the databases of the preview/,
  );
});
