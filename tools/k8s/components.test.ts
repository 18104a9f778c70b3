/** The components with which an installation is watched: rendered over the base, as an overlay does. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@patient-access/topology';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { parse } from 'yaml';
import { commandProblems, podOf } from './commands.ts';
import { monitoringProblems, prometheusRule } from './monitoring.ts';
import { rendered } from './overlay.ts';
import { type Manifest, render } from './render.ts';
import { schemaProblems } from './schema.ts';
import { neededKeys, printedSecrets, unprintedKeys } from './secrets.ts';
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
      ingress: { ports: { port: number }[] }[];
    };
    const { ports } = podOf(named('Deployment', 'fhir-gateway') as Manifest).spec
      ?.containers[0] as IContainer;
    const numberOf = (name: string) => ports?.find((each) => each.name === name)?.containerPort;
    expect(podMetricsEndpoints.map(({ port }) => numberOf(port))).toEqual(
      ingress[0]?.ports.map(({ port }) => port),
    );
  });

  it('tells every service where the collector is, and lets it go there', () => {
    const { podSelector, egress } = named('NetworkPolicy', 'traces')?.['spec'] as {
      podSelector: LabelSelector;
      egress: { ports: { port: number }[] }[];
    };
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data);
    const data = Object.assign({}, ...maps) as Record<string, string>;
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

  it('has the rules and the dashboard of the files that Prometheus and Grafana read elsewhere', async () => {
    const read = (file: string) => readFileSync(join(ROOT, 'k8s', file), 'utf8');
    // kustomize breaks long lines in other places.
    const words = (rules: unknown) =>
      JSON.parse(JSON.stringify(rules).replaceAll(/(?: |\\n)+/g, ' ')) as object;
    const rule = named('PrometheusRule', 'patient-access')?.['spec'];
    expect(words(rule)).toEqual(words(parse(read('alerts.yaml'))));
    const { data } = named('ConfigMap', 'patient-access-dashboard') as unknown as {
      data: Record<string, string>;
    };
    expect(JSON.parse(data['patient-access.json'] ?? '')).toEqual(JSON.parse(read('dashboard.json')));
    expect(await schemaProblems(manifests)).toEqual([]);
    expect(monitoringProblems(ROOT)).toEqual([]);
    expect(prometheusRule('groups: []\n')).not.toBe(prometheusRule(read('alerts.yaml')));
  }, 120_000);
});

(skipped ? describe.skip : describe)('an overlay with the component service-tls', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered(['service-tls'])), 60_000);

  it('has an authority that keeps its key: what is signed before and after a renewal is good for each other', () => {
    const authorities = manifests.flatMap(({ kind, spec }) =>
      kind === 'Certificate' ? [spec as { isCA?: boolean; privateKey: { rotationPolicy?: string } }] : [],
    );
    const ca = authorities.filter(({ isCA }) => isCA);
    // cert-manager's default is Always since 1.18.
    expect(ca.map(({ privateKey }) => privateKey.rotationPolicy)).toEqual(['Never']);
  });

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

(skipped ? describe.skip : describe)('an overlay with the component administration-api', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered(['service-tls', 'administration-api'])), 60_000);

  it('gives auth-service, and its preflight, a secret that the script prints', async () => {
    expect(neededKeys(manifests).get('auth-service')).toContain('admin-secret');
    expect(unprintedKeys(neededKeys(manifests), printedSecrets(ROOT))).toEqual([]);
    expect(commandProblems(manifests)).toEqual([]);
    expect(await schemaProblems(manifests)).toEqual([]);
  }, 120_000);

  it('lets in only pods that are labelled for it', () => {
    const policy = manifests.find(({ metadata }) => metadata.name === 'administration-api');
    const { podSelector, ingress } = policy?.['spec'] as {
      podSelector: LabelSelector;
      ingress: { from: { namespaceSelector?: LabelSelector; podSelector?: LabelSelector }[] }[];
    };
    const open = SERVICE_NAMES.filter((service) => selects(podSelector, podLabels(manifests, service)));
    expect(open).toEqual(['auth-service']);
    for (const { from } of ingress)
      for (const peer of from) expect(Object.keys(peer).sort()).toEqual(['namespaceSelector', 'podSelector']);
  });
});

(skipped ? describe.skip : describe)('the pods for commands by hand', () => {
  let manifests: Manifest[];
  beforeAll(() => void (manifests = rendered([])), 60_000);
  const keysOf = (secret: string) => [...(neededKeys(manifests).get(secret) ?? [])].sort();

  it('have what their commands need, and no more', () => {
    expect(keysOf('auth-administration')).toEqual(['database-url', 'event-key', 'key-encryption-key']);
    expect(keysOf('import-administration')).toEqual([
      'claims-ingest-url',
      'clinical-ingest-url',
      'coverage-ingest-url',
    ]);
    expect(keysOf('audit-administration')).toEqual(keysOf('audit-verification'));
    expect(keysOf('audit-verification').filter((key) => key.endsWith('-url'))).toEqual([
      'auditor-database-url',
    ]);
    expect(keysOf('audit-owner-administration')).toContain('restore-public-keys');
  });

  it('say what the retention reads too: what services and operators signed', () => {
    const retention = manifests.find(({ metadata }) => metadata.name === 'audit-retention') as Manifest;
    const command = podOf(retention).spec?.containers[0]?.command ?? [];
    expect(command.slice(-3)).toEqual(['drop', '--checkpoints', 'kafka']);
    const keys = ['checkpoint-public-keys', 'event-public-keys', 'restore-public-keys'];
    expect(keysOf('audit-retention')).toEqual(expect.arrayContaining(keys));
  });

  it('have the file of the operators’ statements that audit-service and the nightly verification have', () => {
    const pods = ['service', 'verification', 'retention', 'administration', 'owner-administration'].map(
      (name) =>
        podOf(
          manifests.find(
            ({ metadata, kind }) => metadata.name === `audit-${name}` && /^Cron|^Depl/.test(kind),
          ) as Manifest,
        ),
    );
    for (const { spec } of pods) {
      const { env, volumeMounts } = (spec as IPodSpec).containers[0] as IContainer;
      const configMap = { name: 'operator-statements', optional: true };
      expect(spec?.volumes).toContainEqual({ name: 'operator-statements', configMap });
      const mount = volumeMounts?.find(({ name }) => name === 'operator-statements');
      // A `subPath` would never see a new file.
      expect(mount).toEqual({ name: 'operator-statements', mountPath: expect.any(String), readOnly: true });
      expect(env).toContainEqual({ name: 'OPERATOR_STATEMENTS', value: `${mount?.mountPath}/statements` });
    }
    const publicKeys = ['checkpoint-public-keys', 'restore-public-keys'];
    expect(keysOf('audit-service')).toEqual(expect.arrayContaining(publicKeys));
    const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
    expect(page).toContain('operator-statements --from-file=statements=');
  });

  it('are not those in which the trail is changed and signed', () => {
    for (const secret of ['auth', 'import', 'audit', 'audit-owner'].map((name) => `${name}-administration`)) {
      const keys = keysOf(secret);
      expect(keys).not.toContain('checkpoint-key');
      expect([secret, keys.includes('owner-database-url')]).toEqual([
        secret,
        secret === 'audit-owner-administration',
      ]);
    }
  });

  it('are beside one that has the volume of a plan, which has no Secret', async () => {
    const ofPlan = render(join(ROOT, 'k8s/overlays/production/northwind')) ?? [];
    const files = ofPlan.find(
      ({ kind, metadata }) => kind === 'CronJob' && metadata.name === 'northwind-files',
    );
    const { containers, volumes = [] } = podOf(files as Manifest).spec as IPodSpec;
    const imports = podOf(ofPlan.find(({ metadata }) => metadata.name === 'northwind-import') as Manifest);
    const mounted = { name: 'files', mountPath: '/files' };
    expect([containers[0]?.command?.[0], containers[0]?.env]).toEqual(['sleep', undefined]);
    for (const each of [containers[0], imports.spec?.containers[0]])
      expect(each?.volumeMounts).toContainEqual(mounted);
    expect(
      volumes.map(({ persistentVolumeClaim, secret }) => persistentVolumeClaim?.claimName ?? secret),
    ).toEqual(['northwind-files', undefined]);
    expect(commandProblems([files as Manifest])).toEqual([]);
    expect(await schemaProblems([files as Manifest])).toEqual([]);
  }, 60_000);

  it('run only when somebody asks, and end by themselves', () => {
    const pods = manifests.filter(({ metadata }) => metadata.name.endsWith('-administration'));
    expect(pods.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'CronJob'));
    for (const pod of pods) {
      const { suspend, jobTemplate } = pod['spec'] as {
        suspend: boolean;
        jobTemplate: { spec: { activeDeadlineSeconds: number } };
      };
      const [, seconds] = podOf(pod).spec?.containers[0]?.command ?? [];
      expect(suspend).toBe(true);
      expect(Number(seconds)).toBeLessThan(jobTemplate.spec.activeDeadlineSeconds);
    }
  });
});

(skipped ? describe.skip : describe)('an overlay with Postgres and a pooler of CloudNativePG', () => {
  it('has the settings that the page asks of a pooler', async () => {
    const manifests = rendered(['cloudnative-pg', 'cloudnative-pg-pooler']);
    expect(await schemaProblems(manifests)).toEqual([]);
    const pooler = manifests.find(({ kind }) => kind === 'Pooler');
    const { cluster, pgbouncer } = pooler?.['spec'] as {
      cluster: { name: string };
      pgbouncer: { poolMode: string; parameters: Record<string, string> };
    };
    const clusters = manifests.filter(({ kind }) => kind === 'Cluster').map(({ metadata }) => metadata.name);
    expect(clusters).toContain(cluster.name);
    const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
    const asked = (name: string) => new RegExp(`^\\| \`${name}\` +\\| \`(\\w+)\``, 'm').exec(page)?.[1];
    expect(pgbouncer.poolMode).toBe(asked('pool_mode'));
    for (const name of ['max_prepared_statements', 'query_wait_timeout'])
      expect([name, pgbouncer.parameters[name]]).toEqual([name, asked(name)]);
  }, 120_000);

  it('has a certificate that names the pooler, because URLs ask for verify-full', () => {
    const manifests = rendered(['cloudnative-pg', 'cloudnative-pg-pooler']);
    const specOf = (kind: string) => manifests.find((each) => each.kind === kind);
    const { certificates } = specOf('Cluster')?.['spec'] as {
      certificates?: { serverAltDNSNames: string[] };
    };
    // Its Service has its name.
    expect(certificates?.serverAltDNSNames).toContain(specOf('Pooler')?.metadata.name);
    const page = readFileSync(join(ROOT, 'k8s/README.md'), 'utf8');
    expect(page).toContain('name `postgres-pooler` in the URLs');
  }, 60_000);

  it('keeps a pooler when a node goes', () => {
    const manifests = rendered(['cloudnative-pg', 'cloudnative-pg-pooler']);
    const specOf = (kind: string) =>
      manifests.find((each) => each.kind === kind && each.metadata.name === 'postgres-pooler')?.['spec'];
    const its = { matchLabels: { 'cnpg.io/poolerName': 'postgres-pooler' } };
    const { template } = specOf('Pooler') as { template: { spec: IPodSpec } };
    expect(template.spec.topologySpreadConstraints).toEqual(
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) =>
        expect.objectContaining({ topologyKey, labelSelector: its }),
      ),
    );
    expect(specOf('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1, selector: its });
  }, 120_000);
});

(skipped ? describe.skip : describe)('the pooler of CloudNativePG', () => {
  it('has the settings that docs/operate.md names', () => {
    const page = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
    const [rows = ''] = /^\| setting of PgBouncer[\s\S]*?^$/m.exec(page) ?? [];
    const asked = [...rows.matchAll(/^\| `(\w+)` +\| `(\d+)`/gm)].map(([, name = '', value]) => [
      name,
      value,
    ]);
    const pooler = rendered(['cloudnative-pg', 'cloudnative-pg-pooler']).find(
      ({ kind }) => kind === 'Pooler',
    );
    const { pgbouncer } = pooler?.['spec'] as { pgbouncer: { parameters: Record<string, string> } };
    expect(asked.length).toBeGreaterThan(2);
    for (const [name = '', value] of asked) expect([name, pgbouncer.parameters[name]]).toEqual([name, value]);
  }, 60_000);
});
