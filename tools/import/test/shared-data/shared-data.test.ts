/**
 * Resources from outside this project: the examples of the guides, and records of Synthea. All of them can be imported,
 * and are returned unchanged. The data is in a folder beside the repository, and is not part of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseResource, type Resource } from '@patient-access/fhir';
import { listFiles } from '../../read/paths.ts';
import { createWorld, type World } from '../world.ts';

const DATA = resolve(import.meta.dirname, '../../../../../shared/data');

/** The resources that are rejected, by folder, with the reason. */
const REJECTED: Record<string, Record<string, string>> = {
  'us-core-6.1.0': {},
  'carin-bb-2.0.0': {},
  synthea: {},
  // The example's own references make its targets a Patient and the Encounter of another Patient.
  'pdex-2.0.0': { 'Provenance/1000004-1-2-3': 'several members: what it refers to belongs to 2 of them' },
};

/** Resources whose narratives load background images from other servers. They are stored without these images. */
const CLEANED = new Set([
  'Questionnaire/hunger-vital-sign-example',
  'Questionnaire/phq-9-example',
  'QuestionnaireResponse/prapare-example',
]);

interface Entry {
  fullUrl?: string;
  resource: Resource;
}

const entriesOf = (value: unknown): Entry[] => {
  const bundle = value as Resource & { entry?: Entry[] };
  return bundle.resourceType === 'Bundle' ? (bundle.entry ?? []) : [{ resource: bundle }];
};

/** Their narratives have a character by a name that XML does not have. */
const inXml = (text: string): string => text.replaceAll('&reg;', '®');

/** The expected stored text: narratives are XML, and every fullUrl in quotes is replaced by the relative reference. */
function expectedBodies(path: string): Map<string, string> {
  let text = inXml(readFileSync(path, 'utf8'));
  for (const { fullUrl, resource } of entriesOf(parseResource(text))) {
    const reference = JSON.stringify(`${resource.resourceType}/${resource.id}`);
    if (fullUrl) text = text.replaceAll(`"reference": "${fullUrl}"`, `"reference": ${reference}`);
    if (fullUrl) text = text.replaceAll(`"reference":"${fullUrl}"`, `"reference":${reference}`);
  }
  const entries = entriesOf(parseResource(text));
  return new Map(
    entries.map(({ resource }) => [`${resource.resourceType}/${resource.id}`, comparable(resource)]),
  );
}

/**
 * A resource in a form that can be compared: sorted members, exact numbers, without the elements that the store sets.
 */
function comparable(resource: Resource): string {
  const { versionId: _version, lastUpdated: _updated, ...meta } = resource.meta ?? {};
  const sorted = (_name: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !('rawJSON' in value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify({ ...resource, meta }, sorted);
}

const present = existsSync(DATA);
if (!present) console.warn('skipped: there is no ../shared/data with real resources beside the repository');

(present ? describe : describe.skip).each(Object.keys(REJECTED))('%s', (folder) => {
  const tenant = folder.replaceAll('.', '-');
  const expected = new Map<string, string>();
  let world: World;
  let paths: string[];

  beforeAll(async () => {
    world = await createWorld();
    paths = (await listFiles([resolve(DATA, folder)])).files.map(({ path }) => path);
    for (const path of paths) for (const [key, body] of expectedBodies(path)) expected.set(key, body);
  });
  afterAll(async () => {
    await world.end();
  });

  test('can be imported, except for the resources listed above', async () => {
    const { rejections } = await world.importFiles(tenant, ...paths);
    const reasons = rejections.map(({ type, id, reason }) => [`${type}/${id}`, reason]);
    expect(Object.fromEntries(reasons)).toEqual(REJECTED[folder]);
    expect(reasons).toHaveLength(Object.keys(REJECTED[folder] ?? {}).length);
  });

  test('is returned unchanged', async () => {
    const rows = await world.stored(tenant);
    expect(rows.length).toBeGreaterThan(30);
    for (const { type, id, body } of rows) {
      if (CLEANED.has(`${type}/${id}`)) continue;
      expect(comparable(parseResource(body) as Resource)).toBe(expected.get(`${type}/${id}`));
    }
    const stored = new Set(rows.map(({ type, id }) => `${type}/${id}`));
    const missing = [...expected.keys()].filter((key) => !stored.has(key) && !REJECTED[folder]?.[key]);
    expect(missing).toEqual([]);
  });

  test('keeps everything of a narrative except the parts that would load something', async () => {
    const cleaned = (await world.stored(tenant)).filter(({ type, id }) => CLEANED.has(`${type}/${id}`));
    for (const { type, id, body } of cleaned) {
      const [now, then] = [body, expected.get(`${type}/${id}`) ?? ''].map(
        (each) => parseResource(each) as Resource,
      );
      const { text: text, ...rest } = now as Resource & { text: { div: string } };
      const { text: before, ...whole } = then as Resource & { text: { div: string } };
      expect(before.div).toContain('url(');
      expect(text.div).not.toContain('url(');
      expect(comparable(rest as Resource)).toBe(comparable(whole as Resource));
    }
  });

  test('has no references to a fullUrl any more', async () => {
    const left = (await world.stored(tenant)).filter(({ body }) => body.includes('"reference":"urn:uuid:'));
    expect(left.map(({ type, id }) => `${type}/${id}`)).toEqual([]);
  });

  test('does not change when it is imported again', async () => {
    const versions = new Map(
      (await world.stored(tenant)).map(({ type, id, body }) => [`${type}/${id}`, body]),
    );
    await world.importFiles(tenant, ...paths);
    const changed = (await world.stored(tenant)).filter(
      ({ type, id, body }) => versions.get(`${type}/${id}`) !== body,
    );
    expect(changed.map(({ type, id }) => `${type}/${id}`)).toEqual([]);
  });
});
