import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remove, runToEnd } from '../installation/installation.ts';
import { connect, ingestSettings, world } from '../installation/world.ts';

const { northwind } = world();

describe('importing into a running installation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patient-access-import-'));
  });
  afterAll(() => remove(folder));

  test('lets the member read what was imported, and reports what cannot be stored', async () => {
    const { session, client } = await connect(northwind, 'ordinary');
    const file = join(folder, 'records.ndjson');
    const condition = (id: string, subject: string) =>
      JSON.stringify({
        resourceType: 'Condition',
        id,
        subject: { reference: subject },
        code: { text: 'Imported' },
      });
    const lines = [
      condition('imported-1', `Patient/${session.patient}`),
      '{not json',
      condition('imported-2', 'Group/1'),
    ];
    await writeFile(file, lines.join('\n'));
    const rejects = join(folder, 'rejects.ndjson');
    const { code, said } = await runToEnd(
      'tools/import/main.ts',
      ['--tenant', 'northwind', '--rejects', rejects, file],
      ingestSettings(),
    );
    expect([code, said]).toEqual([3, expect.stringMatching(/Condition/)]);
    const rejected = readFileSync(rejects, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; reason: string });
    expect(rejected.map(({ line }) => line).sort()).toEqual([2, 3]);
    const stored = await client.json<{ code: { text: string } }>('Condition/imported-1');
    expect(stored.code.text).toBe('Imported');
  });
});
