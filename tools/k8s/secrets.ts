/** Which keys of which Secrets the pods read, and whether somebody brings them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { parseAllDocuments } from 'yaml';
import { podOf } from './commands.ts';
import type { Manifest } from './render.ts';

const MOUNT = '/run/secrets/patient-access';
const OWNERS = ['Deployment', 'Job', 'CronJob'];

/** Keys by the name of the Secret. */
type Keys = ReadonlyMap<string, ReadonlySet<string>>;

function keysOf(pod: IPodSpec, found: Map<string, Set<string>>): void {
  for (const { env = [], volumeMounts = [] } of pod.containers) {
    const mount = volumeMounts.find(({ mountPath }) => mountPath === MOUNT);
    const secret = pod.volumes?.find(({ name }) => name === mount?.name)?.secret?.secretName;
    if (secret === undefined) continue;
    const keys = found.get(secret) ?? new Set();
    const paths = env.map(({ value }) => value ?? '').filter((value) => value.startsWith(`${MOUNT}/`));
    for (const path of paths) keys.add(path.slice(MOUNT.length + 1));
    found.set(secret, keys);
  }
}

/** @returns what the pods read */
export function neededKeys(manifests: Manifest[]): Keys {
  const found = new Map<string, Set<string>>();
  for (const manifest of manifests.filter(({ kind }) => OWNERS.includes(kind))) {
    const { spec } = podOf(manifest);
    if (spec) keysOf(spec, found);
  }
  return found;
}

/** @returns the Secrets that `k8s/secrets.sh` prints @throws Error with what it said */
export function printedSecrets(root: string): Keys {
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-secrets-'));
  try {
    const authority = join(folder, 'ca.pem');
    writeFileSync(authority, 'a certificate\n');
    const settings = { NAMESPACE: 'n', POSTGRES_HOST: 'db', POSTGRES_CA: authority, KAFKA_CA: authority };
    const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const script = ['sh', join(root, 'k8s/secrets.sh'), join(folder, 'values')];
    const { status, stdout, stderr } = spawnSync('env', [...given, ...script], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`k8s/secrets.sh: ${stderr}`);
    const objects = parseAllDocuments(stdout).flatMap(
      (document) => (document.toJS() as Manifest | null) ?? [],
    );
    return new Map(
      objects.map(({ metadata, stringData }) => [metadata.name, new Set(Object.keys(stringData as object))]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns each key that pods read and that the script does not print, one line each */
export const unprintedKeys = (needed: Keys, printed: Keys): string[] =>
  [...needed].flatMap(([secret, keys]) =>
    [...keys]
      .filter((key) => !printed.get(secret)?.has(key))
      .map((key) => `k8s/secrets.sh: prints no ${key} in ${secret}, which pods read`),
  );

/** @returns each Secret that pods mount and that no ExternalSecret brings, where any does */
export function externalProblems(manifests: Manifest[]): string[] {
  const external = manifests
    .filter(({ kind }) => kind === 'ExternalSecret')
    .map(({ metadata }) => metadata.name);
  if (external.length === 0) return [];
  return [...neededKeys(manifests).keys()]
    .filter((secret) => !external.includes(secret))
    .map((secret) => `ExternalSecret/${secret}: is missing, and pods mount the Secret`);
}
