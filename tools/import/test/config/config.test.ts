import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ingestUrls } from '../../config.ts';

let folder: string;
const PREVIEW = {
  'coverage-service': 'postgres://a@localhost/coverage',
  'claims-service': 'postgres://a@localhost/claims',
  'clinical-service': 'postgres://a@localhost/clinical',
};
const within = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-access-import-config-'));
  await writeFile(within('ingest.json'), JSON.stringify(PREVIEW));
  await writeFile(within('broken.json'), '{"coverage-service": 1');
  await writeFile(within('secret'), 'postgres://b@db/claims\n');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('without settings: the databases of the preview', () => {
  expect(ingestUrls(within('ingest.json'), {})).toEqual(PREVIEW);
});

test('the environment comes first, also from mounted files', () => {
  const env = {
    COVERAGE_INGEST_URL: 'postgres://b@db/coverage',
    CLAIMS_INGEST_URL_FILE: within('secret'),
    CLINICAL_INGEST_URL: 'postgresql://b@db/clinical',
  };
  expect(ingestUrls(within('ingest.json'), env)).toEqual({
    'coverage-service': 'postgres://b@db/coverage',
    'claims-service': 'postgres://b@db/claims',
    'clinical-service': 'postgresql://b@db/clinical',
  });
});

test('neither: one line that says both ways out', () => {
  expect(() => ingestUrls(within('gone.json'), {})).toThrow(
    /^no database to import into: .*npm start.*CLAIMS_INGEST_URL/,
  );
  expect(() => ingestUrls(within('broken.json'), {})).toThrow(/does not hold the databases of the preview/);
});
