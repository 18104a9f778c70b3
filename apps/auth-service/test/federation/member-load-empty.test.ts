/** `member …` commands as the processes that they are, with a standard input in which nothing is. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMPILE_CACHE } from '@patient-access/testing';
import { configure } from '../configure.ts';
import { startWorld, type World } from '../world.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/admin.js');

describe('a file of members in which nothing is', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await configure(world, { join: { letterDays: 10 } });
  }, 60_000);
  afterAll(() => world?.stop());

  /** @returns the exit code, and what the command says on standard error */
  function run(act: string, input: string) {
    const stdin = openSync(input, 'r');
    try {
      const { status, stderr } = spawnSync(
        process.execPath,
        [PROGRAM, 'member', act, '--tenant', 'northwind'],
        {
          env: {
            ...COMPILE_CACHE,
            DATABASE_URL: world.databaseUrl,
            KEY_ENCRYPTION_KEY: world.master.toString('base64url'),
          },
          stdio: [stdin, 'pipe', 'pipe'],
          encoding: 'utf8',
        },
      );
      return [status, stderr];
    } finally {
      closeSync(stdin);
    }
  }

  it.each(['load', 'load-people', 'letters'])('is refused by member %s, and a folder is named', (act) => {
    expect(run(act, devNull)).toEqual([1, 'nothing was in standard input\n']);
    expect(run(act, tmpdir())).toEqual([1, 'standard input is a folder\n']);
  });
});
