/** Rules that every installation of this system must keep, besides being valid Kubernetes. */
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { ServiceName } from '@patient-access/topology';
import { imageName } from './commands.ts';
import type { Manifest } from './render.ts';
import { type Labels, type LabelSelector, selects } from './selector.ts';
import { type Settings, settingsProblems } from './settings.ts';
import { type Variables, wiringProblems } from './wiring.ts';

const GRACE_SECONDS = 30;
/** A selector that selects no pod. */
const NOTHING: LabelSelector = {
  matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: [] }],
};
/** How `k8s/base/workload` passes settings to the services. */
const DEPLOYMENT = {
  secretPath: (name: string) => `/run/secrets/patient-access/${name.toLowerCase().replaceAll('_', '-')}`,
  literals: {},
};

interface Workload extends Manifest {
  spec: { selector?: LabelSelector; template: IPodTemplateSpec };
}

/** An app of `apps/` that runs as a service, with the settings of its configuration schema if it has one. */
export interface App {
  name: ServiceName;
  settings: Settings | undefined;
}

/** @returns the broken rules, one line each */
export function invariantProblems(manifests: Manifest[], apps: App[]): string[] {
  const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
  const deployments = ofKind('Deployment') as Workload[];
  const names = deployments.map(({ metadata }) => metadata.name);
  return [
    ...apps.filter(({ name }) => !names.includes(name)).map(({ name }) => `${name}: has no Deployment`),
    ...deployments.flatMap((deployment) => serviceProblems(deployment, apps, manifests)),
    ...[...deployments, ...(ofKind('Job') as Workload[]), ...ofKind('CronJob').map(workloadOf)].flatMap(
      (workload) => podProblems(workload, manifests),
    ),
    ...ofKind('Secret').map(({ metadata }) => `Secret/${metadata.name}: secret values do not belong here`),
  ];
}

/** @returns the workload of a CronJob */
function workloadOf(cronJob: Manifest): Workload {
  const { jobTemplate } = cronJob['spec'] as { jobTemplate: { spec: Workload['spec'] } };
  return { ...cronJob, spec: jobTemplate.spec };
}

function serviceProblems({ metadata, spec }: Workload, apps: App[], manifests: Manifest[]): string[] {
  const { name } = metadata;
  const app = apps.find((candidate) => candidate.name === name);
  const [container] = spec.template.spec?.containers ?? [];
  const { startupProbe, livenessProbe, readinessProbe, env, image } = container ?? {};
  const labels = spec.template.metadata?.labels ?? {};
  const selectors = {
    Service: (object: Manifest) => ({ matchLabels: (object['spec'] as { selector: Labels }).selector }),
    PodDisruptionBudget: (object: Manifest) => (object['spec'] as Workload['spec']).selector ?? NOTHING,
  };
  const covered = Object.entries(selectors).filter(([kind, selector]) =>
    manifests.some(
      (object) => object.kind === kind && object.metadata.name === name && selects(selector(object), labels),
    ),
  );
  return require(`Deployment/${name}`, {
    'is an app of apps/': app !== undefined,
    'runs the image of its app': imageName(image) === name,
    'has the startup probe /health/live': startupProbe?.httpGet?.path === '/health/live',
    'is spread over zones and nodes': isSpread(spec.template),
    'has the liveness probe /health/live': livenessProbe?.httpGet?.path === '/health/live',
    'has the readiness probe /health/ready': readinessProbe?.httpGet?.path === '/health/ready',
    [`gives ${GRACE_SECONDS} s to stop`]: spec.template.spec?.terminationGracePeriodSeconds === GRACE_SECONDS,
    'has a Service and a PodDisruptionBudget that select its pods': covered.length === 2,
    'can be evicted while it is not ready': manifests.some(
      ({ kind, metadata: of, spec: budget }) =>
        kind === 'PodDisruptionBudget' &&
        of.name === name &&
        (budget as { unhealthyPodEvictionPolicy?: string }).unhealthyPodEvictionPolicy === 'AlwaysAllow',
    ),
    'has a migration Job when it has a database':
      !env?.some((variable) => variable.name.startsWith('DATABASE_URL')) || hasMigration(name, manifests),
  }).concat(app ? environmentProblems(app, env ?? []) : []);
}

function environmentProblems({ name, settings }: App, env: NonNullable<IContainer['env']>): string[] {
  const where = `Deployment/${name}`;
  const variables: Variables = new Map(env.map((variable) => [variable.name, variable.value]));
  return [
    ...settingsProblems(where, settings, [...variables.keys()]),
    ...wiringProblems(where, name, variables, DEPLOYMENT),
  ];
}

function podProblems({ kind, metadata, spec }: Workload, manifests: Manifest[]): string[] {
  const pod = spec.template.spec;
  const labels = spec.template.metadata?.labels ?? {};
  const denied = manifests.some(
    (object) =>
      object.kind === 'NetworkPolicy' && object.metadata.name === 'default-deny' && isolates(object, labels),
  );
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  return require(`${kind}/${metadata.name}`, {
    'runs as a numbered user that is not root':
      pod?.securityContext?.runAsNonRoot === true && Number(pod.securityContext.runAsUser) > 0,
    'has the seccomp profile RuntimeDefault': pod?.securityContext?.seccompProfile?.type === 'RuntimeDefault',
    'mounts no service account token': pod?.automountServiceAccountToken === false,
    'is denied all traffic that no policy allows': denied,
    'has hardened containers only': containers.every(isHardened),
    'has requests and limits for cpu and memory': containers.every(isBounded),
    'refers to ConfigMap keys that exist': containers.every((container) =>
      configMapsExist(container, manifests),
    ),
  });
}

/** @returns whether pods of one revision are spread, each kind of failure for itself */
function isSpread({ metadata, spec }: IPodTemplateSpec): boolean {
  const constraints = spec?.topologySpreadConstraints ?? [];
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].every((key) =>
    constraints.some(
      ({ topologyKey, labelSelector }) =>
        topologyKey === key &&
        labelSelector !== undefined &&
        selects(labelSelector as LabelSelector, metadata?.labels ?? {}),
    ),
  );
}

function isHardened({ securityContext }: IContainer): boolean {
  return (
    securityContext?.allowPrivilegeEscalation === false &&
    securityContext.readOnlyRootFilesystem === true &&
    securityContext.capabilities?.drop?.includes('ALL') === true
  );
}

function isBounded({ resources }: IContainer): boolean {
  return [resources?.requests, resources?.limits].every((amount) => amount?.['cpu'] && amount['memory']);
}

function configMapsExist({ env }: IContainer, manifests: Manifest[]): boolean {
  return (env ?? []).every(({ valueFrom }) => {
    const reference = valueFrom?.configMapKeyRef;
    if (!reference) return true;
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === reference.name,
    );
    return reference.key in ((map?.['data'] as Labels | undefined) ?? {});
  });
}

function hasMigration(service: string, manifests: Manifest[]): boolean {
  const jobs = manifests.filter(({ kind }) => kind === 'Job') as Workload[];
  const containers = jobs.flatMap(({ spec }) => spec.template.spec?.containers ?? []);
  return containers.some(
    ({ image, command = [], args = [] }) =>
      imageName(image) === 'commands' &&
      [...command, ...args].join(' ') === `node tools/migrate/main.ts --service ${service}`,
  );
}

function isolates(policy: Manifest, labels: Labels): boolean {
  const spec = policy['spec'] as {
    podSelector: LabelSelector;
    policyTypes: string[];
    ingress?: unknown;
  };
  const both = ['Ingress', 'Egress'].every((type) => spec.policyTypes.includes(type));
  return both && spec.ingress === undefined && selects(spec.podSelector, labels);
}

function require(where: string, rules: Record<string, boolean | undefined>): string[] {
  return Object.entries(rules).flatMap(([rule, holds]) =>
    holds ? [] : [`${where}: not true that it ${rule}`],
  );
}
