/** How long `audit:verify` takes for the whole trail of the plan that was filled. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { BENCH_TENANT } from '../store.ts';

const COMMAND = resolve(import.meta.dirname, '../../../apps/audit-service/dist/admin.js');

/** @throws Error with what the command says, when the trail does not verify */
export async function secondsToVerify(directory: string): Promise<number> {
  const env = parseEnv(readFileSync(join(directory, 'audit.env'), 'utf8'));
  const startedAt = performance.now();
  const command = [COMMAND, 'verify', '--tenant', BENCH_TENANT];
  await promisify(execFile)(process.execPath, command, { env }).catch((error: Error & { stdout: string }) => {
    throw new Error(`${error.stdout}${error.message}`);
  });
  return (performance.now() - startedAt) / 1_000;
}
