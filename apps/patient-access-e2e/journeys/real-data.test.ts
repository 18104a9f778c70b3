import { describe, expect, test } from '@jest/globals';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FhirClient, launch } from '@patient-access/first-call';
import { runToEnd } from '../installation/installation.ts';
import { adminSettings, EVERYTHING, ingestSettings, world } from '../installation/world.ts';

const FOLDER = resolve(import.meta.dirname, '../../../../shared/data/synthea');
const present = existsSync(FOLDER);
if (!present) console.log('skipped: there is no ../shared/data with FHIR data of other authors');

const { lakeside } = world();
const PASSWORD = 'a password for real data';

interface Entry {
  resource: { resourceType: string; id: string; name?: { family: string }[] };
}

/** The types in a Synthea Bundle that the API serves, and how many resources of each there are. */
function countsOf(entries: readonly Entry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resource } of entries)
    counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  return counts;
}

(present ? describe : describe.skip)('the record of a whole life, from another author', () => {
  test('is imported, and its member reads all of it and nothing else', async () => {
    const [file = ''] = globSync('*.json', { cwd: FOLDER }).sort();
    const { entry } = JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8')) as { entry: Entry[] };
    const patient = entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource;
    const imported = await runToEnd(
      'tools/import/main.ts',
      ['--tenant', lakeside.id, resolve(FOLDER, file)],
      ingestSettings(),
    );
    expect([imported.code, imported.said]).toEqual([0, expect.stringMatching(/total/)]);

    const member = `${patient?.id}:self:${patient?.name?.[0]?.family}`;
    const options = ['--tenant', lakeside.id, '--login', 'real', '--password-stdin', '--member', member];
    const account = await runToEnd(
      'apps/auth-service/dist/admin.js',
      ['account', 'create', ...options],
      adminSettings(),
      PASSWORD,
    );
    expect([account.code, account.said]).toEqual([0, '']);

    const session = await launch({ ...lakeside, login: 'real', password: PASSWORD, scope: EVERYTHING });
    expect(session.patient).toBe(patient?.id);
    const client = new FhirClient(lakeside.fhirBase, session.accessToken);
    const { Organization: _organizations, Practitioner: _practitioners, ...own } = countsOf(entry);
    const read: Record<string, number> = {};
    for (const type of Object.keys(own)) read[type] = (await client.search(`${type}?_count=100`)).length;
    expect(read).toEqual(own);
  });
});
