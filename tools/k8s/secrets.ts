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
type Keys = ReadonlyMap<string, { has(key: string): boolean }>;
/** The same with the keys that pods read. */
type NeededKeys = ReadonlyMap<string, ReadonlySet<string>>;
/** Values by key, by the name of the Secret. */
type Values = ReadonlyMap<string, ReadonlyMap<string, string>>;

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
export function neededKeys(manifests: Manifest[]): NeededKeys {
  const found = new Map<string, Set<string>>();
  for (const manifest of manifests.filter(({ kind }) => OWNERS.includes(kind))) {
    const { spec } = podOf(manifest);
    if (spec) keysOf(spec, found);
  }
  return found;
}

/** @returns the Secrets that `k8s/secrets.sh` prints @throws Error with what it said */
export function printedSecrets(root: string): Values {
  const folder = mkdtempSync(join(tmpdir(), 'patient-access-secrets-'));
  try {
    const [authority, operators] = [join(folder, 'ca.pem'), join(folder, 'operators.pem')];
    writeFileSync(authority, 'a certificate\n');
    writeFileSync(operators, 'a public key\n');
    const settings = {
      ...{ NAMESPACE: 'n', POSTGRES_HOST: 'db', POSTGRES_CA: authority, KAFKA_CA: authority },
      RESTORE_PUBLIC_KEYS: operators,
    };
    const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const script = ['sh', join(root, 'k8s/secrets.sh'), join(folder, 'values')];
    const { status, stdout, stderr } = spawnSync('env', [...given, ...script], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`k8s/secrets.sh: ${stderr}`);
    const objects = parseAllDocuments(stdout).flatMap(
      (document) => (document.toJS() as Manifest | null) ?? [],
    );
    return new Map(
      objects.map(({ metadata, stringData }) => [
        metadata.name,
        new Map(Object.entries(stringData as Record<string, string>)),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns each key that pods read and that the script does not print, one line each */
export const unprintedKeys = (needed: NeededKeys, printed: Keys): string[] =>
  [...needed].flatMap(([secret, keys]) =>
    [...keys]
      .filter((key) => !printed.get(secret)?.has(key))
      .map((key) => `k8s/secrets.sh: prints no ${key} in ${secret}, which pods read`),
  );

/** Authorities are in nearly all of them, and a name of a user is no secret. */
const NOT_ROTATED = /-ca$|-username$/;

/** @returns the Secrets that hold the same value, for each value that is in several: whoever changes it has to change all of them */
export function secretsOfOneValue(printed: Values): string[][] {
  const holders = new Map<string, string[]>();
  for (const [secret, values] of printed)
    for (const [key, value] of values)
      if (value !== '' && !NOT_ROTATED.test(key)) holders.set(value, [...(holders.get(value) ?? []), secret]);
  return [...holders.values()].filter(({ length }) => length > 1).map((secrets) => secrets.sort());
}

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
