/** In which order Argo CD makes the objects: it begins with a wave when all of the waves before it are well. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Manifest, render } from './render.ts';

const OVERLAYS = resolve(import.meta.dirname, '../../k8s/overlays');
const missing = ['kustomize', 'kubectl'].every((name) => spawnSync(name, ['version']).error !== undefined);
// In CI it is not optional.
const skipped = missing && !process.env['CI'];

function waveOf({ metadata }: Manifest): number {
  const { annotations } = metadata as { annotations?: Record<string, string> };
  return Number(annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
}

const isOf = (component: string) => (manifest: Manifest) =>
  manifest.metadata.labels?.['app.kubernetes.io/component'] === component;
const isNamespace = ({ kind }: Manifest) => kind === 'Namespace';

(skipped ? describe.skip : describe)('Argo CD', () => {
  it.each([
    ['production', 'secrets'],
    ['preview', 'database'],
  ])(
    'makes the namespace of %s first, then the %s, then the migrations, then the rest',
    (overlay, first) => {
      const manifests = render(join(OVERLAYS, overlay)) ?? [];
      const steps = [isNamespace, isOf(first), isOf('migration')];
      const rest = (manifest: Manifest) => !steps.some((isStep) => isStep(manifest));
      const waves = [...steps, rest].map((isStep) => [...new Set(manifests.filter(isStep).map(waveOf))]);
      expect(waves).toEqual([[-3], [-2], [-1], [0]]);
    },
    60_000,
  );
});
