/** The files of an export, where the disk does not take them. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ExportFiles } from '../../export-files.ts';

it('an export fails where a file cannot be written, and has no manifest then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-export-'));
  try {
    await using files = new ExportFiles(join(folder, 'plan'));
    await mkdir(join(folder, 'plan', 'Patient.ndjson'));
    const rows = [{ type: 'Patient', body: '{}' }];
    await expect(files.add({ former: false, rows })).rejects.toThrow('EEXIST');
    expect(await readdir(join(folder, 'plan'))).toEqual(['Patient.ndjson']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
