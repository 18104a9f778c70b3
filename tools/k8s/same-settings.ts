/** Compares the settings that `docker/compose.yaml` and `k8s/base` give the same service, and the same commands by hand. */
import { SERVICE_NAMES } from '@patient-access/topology';
import { podOf } from './commands.ts';
import type { Compose } from './compose.ts';
import type { Manifest } from './render.ts';

/** What only one of the two gives, and why the other does not. */
const KUBERNETES_ALONE: Readonly<Record<string, string>> = {
  HOST: 'docker/Dockerfile has it',
  PORT: 'docker/Dockerfile has it',
  KAFKA_SASL_MECHANISM: 'the broker of compose.yaml knows a service by its certificate',
  KAFKA_SASL_USERNAME: 'the broker of compose.yaml knows a service by its certificate',
  KAFKA_SASL_PASSWORD: 'the broker of compose.yaml knows a service by its certificate',
  KAFKA_TOPIC_REPLICATION: 'compose.yaml has one broker',
  KAFKA_TOPIC_MIN_INSYNC_REPLICAS: 'compose.yaml has one broker',
  OPERATOR_STATEMENTS: 'audit-service of compose.yaml reads statements in CHECKPOINT_LOG',
};
const COMPOSE_ALONE: Readonly<Record<string, string>> = {
  LOG_LEVEL: 'a patch of an overlay sets it',
  CHECKPOINT_LOG: 'pods have no disk that stays: they have the topic',
  KAFKA_CERTIFICATE: 'the brokers of k8s/base know a service by user and password',
  KAFKA_KEY: 'the brokers of k8s/base know a service by user and password',
  SERVICE_CA: 'k8s/components/service-tls has it',
  SERVICE_CERTIFICATE: 'k8s/components/service-tls has it',
  SERVICE_KEY: 'k8s/components/service-tls has it',
};

const withoutFile = (name: string) => name.replace(/_FILE$/, '');

/** Where commands run by hand. compose.yaml has one for all of `audit`. */
const FOR_HAND = ['auth', 'import', 'audit-owner'].map((name) => `${name}-administration`);

function deployedSettings(manifests: readonly Manifest[], name: string): Set<string> {
  const workload = manifests.find(
    ({ kind, metadata }) => ['Deployment', 'CronJob'].includes(kind) && metadata.name === name,
  );
  const [container] = (workload && podOf(workload).spec?.containers) ?? [];
  return new Set((container?.env ?? []).map((variable) => withoutFile(variable.name)));
}

/**
 * @param manifests of `k8s/base`
 * @returns each setting that one of them has in one of the two alone without a reason, and each reason that nothing needs; one line each
 */
export function settingDifferences({ services }: Compose, manifests: readonly Manifest[]): string[] {
  const used = new Set<string>();
  const lacking = (from: ReadonlySet<string>, by: ReadonlySet<string>, excused: object, where: string) =>
    [...from]
      .filter((name) => !by.has(name))
      .filter((name) => !(Object.hasOwn(excused, name) && used.add(name)))
      .map((name) => `${where}: does not set ${name}, which the other deployment does`);
  const problems = [...SERVICE_NAMES, ...FOR_HAND].flatMap((service) => {
    const composed = new Set(Object.keys(services[service]?.environment ?? {}).map(withoutFile));
    const deployed = deployedSettings(manifests, service);
    return [
      ...lacking(deployed, composed, KUBERNETES_ALONE, `compose.yaml: ${service}`),
      ...lacking(composed, deployed, COMPOSE_ALONE, `k8s/base: ${service}`),
    ];
  });
  const idle = [...Object.keys(KUBERNETES_ALONE), ...Object.keys(COMPOSE_ALONE)].filter(
    (name) => !used.has(name),
  );
  return [...problems, ...idle.map((name) => `same-settings.ts: nothing needs the reason for ${name}`)];
}
