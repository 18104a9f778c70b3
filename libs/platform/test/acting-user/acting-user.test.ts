import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { actingUser } from '../../src/acting-user.ts';

const SOURCE = resolve(import.meta.dirname, '../../src/acting-user.ts');
const AS_OTHER = `import { actingUser } from ${JSON.stringify(SOURCE)}; process.stdout.write(actingUser())`;

it('is named as on this machine', () => {
  expect(actingUser()).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
});

it('has a number where the machine has no name for it', () => {
  const nameless = () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(actingUser(nameless)).toBe(`uid-${process.getuid?.()}`);
});

// Only root can start a process as another user.
(process.getuid?.() === 0 ? it : it.skip)('is so in a process of a user without a name', () => {
  const args = ['--input-type=module', '--eval', AS_OTHER];
  expect(execFileSync(process.execPath, args, { uid: 54_321, cwd: '/', encoding: 'utf8' })).toBe('uid-54321');
});
