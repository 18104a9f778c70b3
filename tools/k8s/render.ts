/** Renders manifests with kustomize, as Kubernetes would get them. */
import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

/** A rendered Kubernetes object: the members that every kind has are typed, the rest is plain JSON. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

const PROGRAMS = [
  ['kustomize', 'build'],
  ['kubectl', 'kustomize'],
] as const;

/**
 * Renders a kustomization with whichever of `kustomize` and `kubectl` is installed.
 *
 * @returns the objects; undefined when neither program is installed
 * @throws Error with kustomize's own message
 */
export function render(directory: string): Manifest[] | undefined {
  for (const [program, command] of PROGRAMS) {
    const { error, status, stdout, stderr } = spawnSync(program, [command, directory], { encoding: 'utf8' });
    if (error && 'code' in error && error.code === 'ENOENT') continue;
    if (error) throw error;
    if (status !== 0) throw new Error(`${program} ${command} ${directory}: ${stderr.trim()}`);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  }
  return undefined;
}
