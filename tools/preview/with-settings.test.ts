/** The commands of `package.json` that use what `npm start` has noted, each as npm runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const directory = mkdtempSync(join(tmpdir(), 'patient-access-noted-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** @returns the exit code, and what it printed, line by line */
function run(script: string, args: string[], env: NodeJS.ProcessEnv = {}): [number | null, string[]] {
  const [, ...words] = (scripts[script] ?? '').split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [...words, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], LOCAL_DIR: directory, ...env },
    encoding: 'utf8',
  });
  return [status, `${stdout}${stderr}`.trim().split('\n')];
}

const URL = 'postgres://service@127.0.0.1:1/auth';
const KEY = Buffer.alloc(32).toString('base64url');
const STOPPED =
  'no database listens at 127.0.0.1:1: start it, or correct the setting with this address (that of a preview: npm start)';

describe('a command', () => {
  test.each([
    ['admin', ['keys', 'list', '--tenant', 'northwind'], 'DATABASE_URL'],
    ['audit:verify', [], 'AUDITOR_DATABASE_URL'],
  ])('says in one sentence how to begin where no preview was ever started: %s', (script, args, names) => {
    const line = `no preview was ever started here: npm start (or set ${names})`;
    expect(run(script, args)).toEqual([1, [line]]);
  });

  test('verifies a file without a preview', () => {
    const [code, lines] = run('audit:verify', ['--file', join(directory, 'none'), '--keys', 'none']);
    expect([code, lines]).toEqual([1, [expect.stringContaining('ENOENT')]]);
  });

  test('uses what npm start has noted, and what the shell sets goes first', () => {
    const list = ['keys', 'list', '--tenant', 'northwind'];
    expect(run('admin', list, { DATABASE_URL: URL, KEY_ENCRYPTION_KEY: KEY })).toEqual([1, [STOPPED]]);
    writeFileSync(join(directory, 'auth.env'), `DATABASE_URL=${URL}\nKEY_ENCRYPTION_KEY=${KEY}\n`);
    expect(run('admin', list)).toEqual([1, [STOPPED]]);
    const [, [line]] = run('admin', list, { KEY_ENCRYPTION_KEY: 'x' });
    expect(line).toMatch(/^wrong configuration: KEY_ENCRYPTION_KEY: /);
  });
});
