/** Shows that the checks can fail: each test breaks one thing in a valid manifest. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { TOPOLOGY } from '@patient-access/topology';
import { alertProblems } from './alerts.ts';
import { dashboardProblems } from './dashboard.ts';
import { type App, invariantProblems } from './invariants.ts';
import type { Manifest } from './render.ts';
import { schemaProblems } from './schema.ts';

const labels = { 'app.kubernetes.io/name': 'fhir-gateway' };
const apps: App[] = [
  {
    name: 'fhir-gateway',
    settings: new Map([
      ...Object.keys(TOPOLOGY['fhir-gateway'].settings).map((name) => [name, true] as const),
      ['LOG_LEVEL', false],
    ]),
  },
];

const environment = () =>
  Object.entries(TOPOLOGY['fhir-gateway'].settings).map(([name, setting]) => {
    if (setting.kind === 'url') return { name, value: `http://${setting.service}:8080` };
    if (['public URL', 'developers URL'].includes(setting.kind))
      return { name, value: 'https://plan.example' };
    return { name: `${name}_FILE`, value: '/run/secrets/patient-access/gateway-client-secret' };
  });

function container() {
  return {
    name: 'app',
    image: 'patient-access/fhir-gateway:1',
    env: environment(),
    startupProbe: { httpGet: { path: '/health/live', port: 'metrics' } },
    livenessProbe: { httpGet: { path: '/health/live', port: 'metrics' } },
    readinessProbe: { httpGet: { path: '/health/ready', port: 'metrics' } },
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } } as Record<
      string,
      unknown
    >,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function pod() {
  return {
    automountServiceAccountToken: false,
    topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway' as const,
        labelSelector: { matchLabels: labels },
      }),
    ),
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container()],
  };
}

function manifests(spec: ReturnType<typeof pod>): Manifest[] {
  const metadata = { name: 'fhir-gateway' };
  const selector = { matchLabels: labels };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector, template: { metadata: { labels }, spec } },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 8080 }] } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { selector, maxUnavailable: 1, unhealthyPodEvictionPolicy: evicted },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'default-deny' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    },
  ];
}

/** Which pods that are not ready may be evicted. */
let evicted: string;
let spec: ReturnType<typeof pod>;
let app: ReturnType<typeof container>;

beforeEach(() => {
  evicted = 'AlwaysAllow';
  spec = pod();
  [app] = spec.containers as [ReturnType<typeof container>];
});

const NAME = 'Deployment/fhir-gateway';

it('reports nothing for valid manifests', async () => {
  expect(await schemaProblems(manifests(spec))).toEqual([]);
  expect(invariantProblems(manifests(spec), apps)).toEqual([]);
});

describe('the schema', () => {
  const problemsWith = async (field: object) =>
    (await schemaProblems(manifests({ ...spec, ...field }))).join();

  it.each([
    ['a field that does not exist', { serviceAcountName: 'x' }, /serviceAcountName\S+ does not exist/],
    ['a wrong type', { terminationGracePeriodSeconds: 'soon' }, /terminationGracePeriodSeconds/],
    ['a value outside an enumeration', { restartPolicy: 'Sometimes' }, /restartPolicy|Sometimes/],
    ['a missing field', { containers: [{ image: 'x' }] }, /name/],
  ])('refuses %s', async (_, field, message) => {
    expect(await problemsWith(field)).toMatch(message);
  });

  it('refuses a kind that does not exist', async () => {
    const [deployment] = manifests(spec) as [Manifest];
    const problems = await schemaProblems([{ ...deployment, kind: 'Deploiment' }]);
    expect(problems[0]).toBe('Deploiment/fhir-gateway: Kubernetes has no apps/v1 Deploiment');
  });
});

describe('our rules', () => {
  it.each<[string, () => void]>([
    ['has the startup probe /health/live', () => (app.startupProbe.httpGet.path = '/health/ready')],
    ['is spread over zones and nodes', () => void spec.topologySpreadConstraints.pop()],
    ['has the liveness probe /health/live', () => (app.livenessProbe.httpGet.path = '/')],
    ['has requests and limits for cpu and memory', () => delete app.resources['limits']],
    ['has hardened containers only', () => (app.securityContext.readOnlyRootFilesystem = false)],
    ['runs as a numbered user that is not root', () => (spec.securityContext.runAsUser = 0)],
    ['can be evicted while it is not ready', () => (evicted = 'IfHealthyBudget')],
    ['runs the image of its app', () => (app.image = 'patient-access/audit-service:1')],
    [
      'has a migration Job when it has a database',
      () => app.env.push({ name: 'DATABASE_URL', value: 'postgres://db' }),
    ],
  ])('notice when it is not true that a Deployment %s', (rule, breakIt) => {
    breakIt();
    expect(invariantProblems(manifests(spec), apps)).toContain(`${NAME}: not true that it ${rule}`);
  });

  it('report an unknown setting and a missing one', () => {
    const publicUrl = app.env.find(({ name }) => name === 'PUBLIC_URL');
    if (publicUrl) publicUrl.name = 'PUBLIC_URI';
    expect(invariantProblems(manifests(spec), apps)).toEqual([
      `${NAME}: sets PUBLIC_URI, which the app does not know`,
      `${NAME}: does not set PUBLIC_URL, which the app needs`,
      `${NAME}: does not set PUBLIC_URL, which the topology gives it`,
    ]);
  });

  it('report an app without a Deployment, and a Secret with values', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    expect(invariantProblems([secret], apps)).toEqual([
      'fhir-gateway: has no Deployment',
      'Secret/s: secret values do not belong here',
    ]);
  });
});

describe('alerts', () => {
  const rules = (rule: object) => JSON.stringify({ groups: [{ rules: [{ ...good, ...rule }] }] });
  const good = {
    alert: 'OutboxIsFull',
    expr: 'max by (pod) (outbox_full) > 0',
    labels: { severity: 'page' },
    annotations: { summary: 'It is full.' },
  };
  const problemsOf = (rule: object) =>
    alertProblems(rules(rule), new Set(['outbox_full']), '\n## OutboxIsFull\n').join();

  it.each<[string, object, RegExp]>([
    ['a number that no service shows', { expr: 'outbox_ful > 0' }, /no service shows outbox_ful$/],
    ['a number of somebody else', { expr: 'up == 0' }, /a number of ours/],
    ['no name', { alert: undefined }, /a name/],
    ['no severity', { labels: {} }, /page or ticket/],
    [
      'a name that the runbook does not have',
      { alert: 'OutboxIsLost' },
      /runbook.md does not say what to do/,
    ],
    ['nothing to say', { annotations: {} }, /says nothing/],
  ])('are refused with %s', (_what, rule, message) => {
    expect(problemsOf({})).toBe('');
    expect(problemsOf(rule)).toMatch(message);
  });

  it('are refused when the file has none', () => {
    expect(alertProblems('groups: []', new Set(), '')).toEqual(['alerts.yaml: has no rules']);
  });

  it('are refused when the runbook names a number that no service shows', () => {
    const runbook = '\n## OutboxIsFull\n\nLook at `outbox_oldest_age`.\n';
    expect(alertProblems(rules({}), new Set(['outbox_full']), runbook)).toEqual([
      'docs/runbook.md: no service shows outbox_oldest_age',
    ]);
  });
});

describe('the dashboard', () => {
  const problemsOf = (...exprs: string[]) => {
    const panels = [{ type: 'timeseries', title: 'P', targets: exprs.map((expr) => ({ expr })) }];
    const rules = 'groups: [{ rules: [{ record: "fhir:errors:ratio" }] }]';
    return dashboardProblems(JSON.stringify({ panels }), new Set(['outbox_full']), rules);
  };

  it('is refused with a number that nobody shows', () => {
    expect(problemsOf('outbox_full', 'fhir:errors:ratio', 'process_cpu_seconds_total')).toEqual([]);
    expect(problemsOf('outbox_ful')).toEqual(['dashboard.json: "P": nobody shows outbox_ful']);
    expect(problemsOf('fhir:errors:rate', 'nodejs_lag')).toHaveLength(2);
    expect(problemsOf()).toEqual(['dashboard.json: has no queries']);
  });
});
