/** The files of an export, where the disk does not take them. */
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
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

it('an export of which the disk says at the end that it is full has no manifest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-export-'));
  const probe = await open(folder);
  const handles = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  try {
    await using files = new ExportFiles(join(folder, 'plan'));
    const rows = [{ type: 'Patient', body: '{}' }];
    await files.add({ former: false, rows });
    jest.spyOn(handles, 'sync').mockRejectedValueOnce(new Error('ENOSPC'));
    await expect(files.end({})).rejects.toThrow('ENOSPC');
    expect(await readdir(join(folder, 'plan'))).toEqual(['Patient.ndjson']);
  } finally {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  }
});

it('an export that is whole says so in its manifest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-export-'));
  try {
    await using files = new ExportFiles(join(folder, 'plan'));
    await files.add({ former: false, rows: [{ type: 'Patient', body: '{}' }] });
    const manifest = await files.end({ tenant: 'northwind' });
    expect(manifest).toMatchObject({
      tenant: 'northwind',
      complete: true,
      files: [{ records: 1, bytes: 3 }],
    });
    expect(JSON.parse(await readFile(join(folder, 'plan', 'manifest.json'), 'utf8'))).toEqual(manifest);
  } finally {
    await rm(folder, { recursive: true });
  }
});
