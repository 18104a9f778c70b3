/** Each command says how it is called, to somebody who has no settings yet. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { COMMANDS } from '../images.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

it.each(Object.entries(COMMANDS))('%s --help', (_command, program) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {},
  });
  expect([status, stderr, stdout]).toEqual([0, '', expect.stringMatching(/^usage:|^npm run /)]);
});
