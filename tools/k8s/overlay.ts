/** An overlay as an installation has one, for tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type Manifest, render } from './render.ts';

const K8S = resolve(import.meta.dirname, '../../k8s');

/** @returns the objects of `k8s/base` with these components over it */
export function rendered(components: readonly string[]): Manifest[] {
  const overlay = mkdtempSync(join(tmpdir(), 'patient-access-overlay-'));
  const at = (path: string) => relative(overlay, join(K8S, path));
  writeFileSync(
    join(overlay, 'kustomization.yaml'),
    `resources: [${at('base')}]\ncomponents: [${components.map((name) => at(`components/${name}`)).join(', ')}]\n`,
  );
  const manifests = render(overlay);
  rmSync(overlay, { recursive: true });
  return manifests ?? [];
}
