/** What OpenShift asks of pods and policies. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@patient-access/topology';
import { podOf } from './commands.ts';
import { networkProblems } from './network.ts';
import { rendered } from './overlay.ts';
import type { Manifest } from './render.ts';
import { schemaProblems } from './schema.ts';
import type { LabelSelector } from './selector.ts';

const missing = ['kustomize', 'kubectl'].every((name) => spawnSync(name, ['version']).error !== undefined);
// In CI it is not optional.
const skipped = missing && !process.env['CI'];

(skipped ? describe.skip : describe)('an overlay for OpenShift', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered(['openshift'])), 60_000);
  const policy = (name: string) =>
    manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name)?.['spec'];

  it('names no user and no group, because each namespace has its own', async () => {
    const kinds = ['Deployment', 'Job', 'CronJob'];
    const pods = manifests.filter(({ kind }) => kinds.includes(kind)).map(podOf);
    expect(pods.length).toBeGreaterThan(2 * SERVICE_NAMES.length);
    const all = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    for (const { spec } of pods) expect(spec?.securityContext).toEqual(all);
    expect(await schemaProblems(manifests)).toEqual([]);
  }, 120_000);

  it('lets pods ask its DNS for names, and changes nothing of who calls whom', () => {
    const { egress } = policy('dns') as { egress: { ports: object[] }[] };
    const asked = ['UDP', 'TCP'].map((protocol) => ({ port: 5353, protocol }));
    expect(egress[0]?.ports).toEqual(expect.arrayContaining(asked));
    expect(networkProblems(manifests)).toEqual([]);
  });

  it('lets in its router and its Prometheus', () => {
    const from = (name: string) => {
      const { ingress } = policy(name) as { ingress: { from: { namespaceSelector?: LabelSelector }[] }[] };
      return ingress[0]?.from.map(({ namespaceSelector }) => namespaceSelector?.matchLabels);
    };
    const router = { 'policy-group.network.openshift.io/ingress': '' };
    expect([from('fhir-gateway'), from('developer-site')]).toEqual([[router], [router]]);
    expect(from('metrics')).toEqual([
      { 'kubernetes.io/metadata.name': 'openshift-user-workload-monitoring' },
    ]);
  });
});
