import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

const COMMAND = resolve(import.meta.dirname, '../../apps/audit-service/dist/admin.js');

/** Runs `npm run audit:verify` on the system's trail. @returns the output of the command when a chain is broken */
export function brokenChains(directory: string): string[] {
  const env = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'verify'], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n');
}
