/** Runs the commands on a page that kubectl can run without a cluster: they print an object, which another one applies. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandsOf } from '@patient-access/testing';
import { parse } from 'yaml';
import type { Manifest } from './render.ts';

const DRY_RUN = /^(kubectl create .* --dry-run=client -o yaml) \| kubectl apply (?:--server-side )?-f -$/;
/** How a pod asks for an object: as a value of a setting, as a file, as all settings. */
const ASKED = ['configMapKeyRef', 'secretKeyRef', 'secret', 'configMap', 'secretRef', 'configMapRef'];

/** @returns names of the ConfigMaps and Secrets that an object asks for */
function askedBy(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const { name, secretName } = (member ?? {}) as { name?: string; secretName?: string };
    const asked = ASKED.includes(key) ? [name, secretName].filter((each) => each !== undefined) : [];
    return [...asked, ...askedBy(member)];
  });
}

function problemsOf(command: string, asked: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'patient-access-client-'));
  try {
    for (const [, file = ''] of command.matchAll(/--from-file=\w+=(\S+)/g))
      writeFileSync(join(directory, file), 'https://files.plan.example/claims.ndjson\n');
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', command], {
      cwd: directory,
      encoding: 'utf8',
    });
    if (status !== 0) return [`${stderr.trim()}: ${command}`];
    const { name } = (parse(stdout) as Manifest).metadata;
    return asked.includes(name) ? [] : [`nothing asks for ${name}: ${command}`];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns what is wrong, one line each; undefined when kubectl is not installed */
export function clientProblems(page: string, manifests: readonly Manifest[]): string[] | undefined {
  if (spawnSync('kubectl', ['version', '--client']).error) return undefined;
  const asked = askedBy(manifests);
  return commandsOf(page)
    .map((command) => DRY_RUN.exec(command)?.[1])
    .filter((command) => command !== undefined)
    .flatMap((command) => problemsOf(command, asked));
}
