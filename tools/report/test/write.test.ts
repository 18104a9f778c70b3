/** A report on a disk without room: a part of a list looks like a list. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { writeReport } from '../output/write.ts';

/** Of Linux: whatever is written to it, there is no room. */
const FULL_DISK = '/dev/full';
const folder = mkdtempSync(join(tmpdir(), 'patient-access-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

(existsSync(FULL_DISK) ? it : it.skip)(
  'leaves the files of the run before, and no part of its own',
  async () => {
    const [late, overdue] = await writeReport(folder, { 'late.csv': 'one\n', 'overdue.csv': 'two\n' });
    symlinkSync(FULL_DISK, join(folder, 'overdue.csv.part'));
    const again = writeReport(folder, { 'late.csv': 'three\n', 'overdue.csv': 'four\n' });
    await expect(again).rejects.toThrow('ENOSPC');
    expect([late, overdue].map((path) => readFileSync(path ?? '', 'utf8'))).toEqual(['one\n', 'two\n']);
    expect(readdirSync(folder).sort()).toEqual(['late.csv', 'overdue.csv']);
  },
);
