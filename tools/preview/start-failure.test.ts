import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { startFailure } from './start-failure.ts';

const NOBODY = 65_534;
const directory = mkdtempSync(join(tmpdir(), 'patient-access-owner-'));
chmodSync(directory, 0o755);
afterAll(() => rmSync(directory, { recursive: true }));

const refused = (path: string) => Object.assign(new Error('EACCES'), { code: 'EACCES', path });

/** Only root can be somebody else and come back. */
const isRoot = process.getuid?.() === 0;

(isRoot ? test : test.skip)('names the owner of a directory that this user may not enter', () => {
  const closed = join(directory, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  try {
    process.seteuid?.(NOBODY);
    expect(startFailure(refused(join(closed, 'local', 'logs')))).toBe(
      `EACCES; ${closed} belongs to user 0: start as that user, or delete it`,
    );
  } finally {
    process.seteuid?.(0);
  }
});

test('says nothing of an owner where that is not the reason', () => {
  expect(startFailure(refused(join(directory, 'nothing')))).toBe('EACCES');
  expect(startFailure(new Error('port 80 is in use'))).toBe('port 80 is in use');
});
