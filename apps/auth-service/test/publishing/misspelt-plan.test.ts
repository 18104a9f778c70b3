/** `admin consent publish` with the name of a plan that is not there. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/admin.js');

describe('admin consent publish', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const publish = (...tenant: string[]) =>
    spawnSync(process.execPath, [PROGRAM, 'consent', 'publish', ...tenant], {
      env: { DATABASE_URL: world.databaseUrl, KEY_ENCRYPTION_KEY: world.master.toString('base64url') },
      encoding: 'utf8',
    });

  it.each([
    ['is misspelt', ['--tenant', 'nortwind'], 'no tenant "nortwind"\n'],
    ['is empty', ['--tenant', ''], 'no tenant ""\n'],
    ['is missing', [], 'no tenant ""\n'],
  ])('refuses a plan that %s', (_, tenant, stderr) => {
    expect(publish(...tenant)).toMatchObject({ status: 1, stdout: '', stderr });
  });

  it('takes one that is there', () => {
    const stdout = '0 consents will be published again\n';
    expect(publish('--tenant', 'northwind')).toMatchObject({ status: 0, stdout, stderr: '' });
  });
});
