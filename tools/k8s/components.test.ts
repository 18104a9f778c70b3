/** The components with which an installation is watched: rendered over the base, as an overlay does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@patient-access/topology';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { parse } from 'yaml';
import { type Manifest, render } from './render.ts';
import { type LabelSelector, podLabels, selects } from './selector.ts';

/** What a Certificate of cert-manager says of itself. */
interface Named {
  secretName: string;
  dnsNames?: string[];
}

const ROOT = resolve(import.meta.dirname, '../..');
const missing = ['kustomize', 'kubectl'].every((name) => spawnSync(name, ['version']).error !== undefined);
// In CI it is not optional.
const skipped = missing && !process.env['CI'];

function rendered(components: readonly string[]): Manifest[] {
  const overlay = mkdtempSync(join(tmpdir(), 'patient-access-overlay-'));
  const at = (path: string) => relative(overlay, join(ROOT, 'k8s', path));
  writeFileSync(
    join(overlay, 'kustomization.yaml'),
    `resources: [${at('base')}]\ncomponents: [${components.map((name) => at(`components/${name}`)).join(', ')}]\n`,
  );
  const manifests = render(overlay);
  rmSync(overlay, { recursive: true });
  return manifests ?? [];
}

(skipped ? describe.skip : describe)('an overlay with the components monitoring and tracing', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered(['monitoring', 'tracing'])), 60_000);
  const named = (kind: string, name: string) =>
    manifests.find((each) => each.kind === kind && each.metadata.name === name);

  it('scrapes every service, at the port that the policy opens', () => {
    const { selector, podMetricsEndpoints } = named('PodMonitor', 'patient-access')?.['spec'] as {
      selector: LabelSelector;
      podMetricsEndpoints: { port: string }[];
    };
    for (const service of SERVICE_NAMES)
      expect([service, selects(selector, podLabels(manifests, service))]).toEqual([service, true]);
    const { ingress } = named('NetworkPolicy', 'metrics')?.['spec'] as {
      ingress: { ports: { port: string }[] }[];
    };
    expect(podMetricsEndpoints.map(({ port }) => port)).toEqual(ingress[0]?.ports.map(({ port }) => port));
  });

  it('tells every service where the collector is, and lets it go there', () => {
    const { podSelector, egress } = named('NetworkPolicy', 'traces')?.['spec'] as {
      podSelector: LabelSelector;
      egress: { ports: { port: number }[] }[];
    };
    const { data } = named(
      'ConfigMap',
      manifests.find(({ kind }) => kind === 'ConfigMap')?.metadata.name ?? '',
    ) as unknown as {
      data: Record<string, string>;
    };
    expect(egress.flatMap(({ ports }) => ports)).toEqual([
      { port: Number(new URL(data['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '').port) },
    ]);
    for (const service of SERVICE_NAMES) {
      const { template } = named('Deployment', service)?.['spec'] as {
        template: { spec: { containers: { env: { name: string }[] }[] } };
      };
      const names = template.spec.containers[0]?.env.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['OTEL_EXPORTER_OTLP_ENDPOINT', 'PUBLIC_URL', 'HOST']));
      expect(selects(podSelector, podLabels(manifests, service))).toBe(true);
    }
  });

  it('the command of docs/operate.md makes an object of the rules', () => {
    const operate = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
    const [, command = ''] = /^(\{ printf .*\}) \| kubectl apply/m.exec(operate) ?? [];
    const { stdout } = spawnSync('bash', ['-c', command], { cwd: ROOT, encoding: 'utf8' });
    const rules = parse(readFileSync(join(ROOT, 'k8s/alerts.yaml'), 'utf8')) as object;
    expect(parse(stdout)).toMatchObject({ kind: 'PrometheusRule', spec: rules });
  });
});

(skipped ? describe.skip : describe)('an overlay with the component service-tls', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered(['service-tls'])), 60_000);

  it.each(SERVICE_NAMES)('mounts in %s the certificate that names it', (service) => {
    const deployment = manifests.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === service,
    );
    const { volumes = [] } = (deployment?.['spec'] as { template: { spec: IPodSpec } }).template.spec;
    const mounted = volumes.find(({ name }) => name === 'service-tls')?.secret?.secretName;
    const named = manifests.filter(({ kind }) => kind === 'Certificate').map(({ spec }) => spec as Named);
    expect(named.find(({ secretName }) => secretName === mounted)?.dnsNames).toEqual([service]);
  });
});
