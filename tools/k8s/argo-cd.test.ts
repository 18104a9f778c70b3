/** In which order Argo CD makes the objects: it begins with a wave when all of the waves before it are well. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Manifest, render } from './render.ts';

const OVERLAYS = resolve(import.meta.dirname, '../../k8s/overlays');
const missing = ['kustomize', 'kubectl'].every((name) => spawnSync(name, ['version']).error !== undefined);
// In CI it is not optional.
const skipped = missing && !process.env['CI'];

function annotationOf({ metadata }: Manifest, name: string): string | undefined {
  const { annotations } = metadata as { annotations?: Record<string, string> };
  return annotations?.[`argocd.argoproj.io/${name}`];
}

const waveOf = (manifest: Manifest): number => Number(annotationOf(manifest, 'sync-wave') ?? 0);

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

  it('compares no Job, which is gone a week after its end, and judges no CronJob, most of which are suspended', () => {
    const manifests = render(join(OVERLAYS, 'production')) ?? [];
    const found = (kind: string, ...names: string[]) =>
      manifests
        .filter((manifest) => manifest.kind === kind)
        .map((manifest) => names.map((name) => annotationOf(manifest, name)).join(' '));
    expect([...new Set(found('Job', 'hook', 'hook-delete-policy'))]).toEqual(['Sync BeforeHookCreation']);
    expect([...new Set(found('CronJob', 'ignore-healthcheck'))]).toEqual(['true']);
  }, 60_000);
});
