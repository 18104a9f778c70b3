/** A command that cannot do what it was told says what is missing, before it looks at any database. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import { COMPILE_CACHE, tries } from '@patient-access/testing';
import { runAudit } from '../../src/command/command.ts';
import { mountedCheckpointKey } from '../checkpoint-key.ts';
import { runHere } from '../run-here.ts';

const COMMAND = join(import.meta.dirname, '../../dist/admin.js');
const SERVICE = join(import.meta.dirname, '../../dist/main.js');
const NO_DATABASE = 'postgresql://nobody@127.0.0.1:1/audit';
const folder = mkdtempSync(join(tmpdir(), 'patient-access-arguments-'));
const keys = join(folder, 'public');
writeFileSync(keys, createPublicKey(mountedCheckpointKey()).export({ type: 'spki', format: 'pem' }));
const publicKeyOn = (namedCurve: string) =>
  String(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'pem' }));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [['verify', '--checkpoints', 'kafka', '--keys', keys], 'KAFKA_BROKERS is missing'],
  [['verify', '--file', folder, '--keys', keys], `--file ${folder}: a folder, and not a file of it\n`],
  [['reset-offsets', '--since', '2026-11-26T01:00:00Z'], 'KAFKA_BROKERS is missing'],
  [['reset-offsets', '--since', 'yesterday'], '--since is no time'],
  [['reset-offsets', '--since', '2026-02-30'], '--since is no time'],
  [['corrections', '--tenant', 'northwind', '--since', '2026-02-30T02:00:00Z'], '--since is no time'],
  [['corrections', '--tenant', 'northwind', '--since', '2026-11-26T02:00:00'], '--since is no time'],
  [['restore', '--finish', '--tenant', 'northwind'], '--restore-key is missing'],
  [['drop', '--keys', keys], 'EVENT_PUBLIC_KEYS, is missing'],
  [['constructor'], 'usage:'],
  // It would drop the months of all plans.
  [['drop', '--tenant', 'northwind'], 'drop takes no --tenant\n'],
])('audit %j', async (words, problem) => {
  const { status, stderr } = await runHere(() => runAudit(words), { AUDITOR_DATABASE_URL: NO_DATABASE });
  expect([status, stderr]).toEqual([2, expect.stringContaining(problem)]);
});

const NO_KEYS: [string, string][] = [
  ['no key', 'operators-public.pem'],
  ['a private key', mountedCheckpointKey()],
  ['a key on another curve', publicKeyOn('P-384')],
  ['half a key', readFileSync(keys, 'utf8').replace(/\n[^-]{20}/, '\n')],
];
const problem = expect.stringContaining('RESTORE_PUBLIC_KEYS: not public keys on P-256 in PEM');
const settingsWith = (given: string) => ({ AUDITOR_DATABASE_URL: NO_DATABASE, RESTORE_PUBLIC_KEYS: given });

it.each(NO_KEYS)('a command names RESTORE_PUBLIC_KEYS that are %s', async (_what, given) => {
  const { status, stderr } = await runHere(() => runAudit(['verify', '--keys', keys]), settingsWith(given));
  expect([status, stderr]).toEqual([2, problem]);
});

it.each(NO_KEYS.slice(0, tries(1, NO_KEYS.length)))(
  'names RESTORE_PUBLIC_KEYS that are %s when it starts, as the program of the commands and as a service',
  (_what, given) => {
    const env = { ...COMPILE_CACHE, ...settingsWith(given) };
    const started = [[COMMAND, 'verify', '--keys', keys], [SERVICE]].map((words) => {
      const { status, stderr, stdout } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
      return [status, `${stdout}${stderr}`];
    });
    expect(started).toEqual([
      [2, problem],
      [78, problem],
    ]);
  },
);
