/** Checks the Jobs and CronJobs that run commands, against the image of the commands (tools/image). */
import { isDeepStrictEqual } from 'node:util';
import { COMMANDS } from '@patient-access/image';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { Manifest } from './render.ts';

interface PodOwner {
  spec: { template: IPodTemplateSpec };
}

/** @returns the template of the pods of a Deployment, a Job or a CronJob */
export const podOf = (manifest: Manifest): PodOwner['spec']['template'] =>
  manifest.kind === 'CronJob'
    ? (manifest['spec'] as { jobTemplate: PodOwner }).jobTemplate.spec.template
    : (manifest as unknown as PodOwner).spec.template;

/** @returns the last part of an image's name, without its version: `registry.example/app:1` is `app` */
export const imageName = (image: string | undefined) => /([^/:@]+)(?:[:@][^/]*)?$/.exec(image ?? '')?.[1];

const ofKinds = (manifests: Manifest[], ...kinds: string[]) =>
  manifests.filter(({ kind }) => kinds.includes(kind));

/** A pod for commands by hand waits, and does nothing by itself. */
const isWaiting = ({ image, command }: IContainer, { metadata }: IPodTemplateSpec): boolean =>
  imageName(image) === 'commands' &&
  metadata?.labels?.['app.kubernetes.io/component'] === 'administration' &&
  command?.[0] === 'sleep';

function runsCommand({ image, command = [], args = [] }: IContainer): boolean {
  const words = [...command, ...args].join(' ').split(' ');
  return (
    imageName(image) === 'commands' && Object.values(COMMANDS).some((program) => words.includes(program))
  );
}

/** Each container of the preflight has to have what the Deployment of its name gives the service. */
function preflightProblems(manifests: Manifest[]): string[] {
  const preflight = ofKinds(manifests, 'CronJob').find(({ metadata }) => metadata.name === 'preflight');
  const containers = preflight ? (podOf(preflight).spec?.containers ?? []) : [];
  return ofKinds(manifests, 'Deployment').flatMap((deployment) => {
    const { name } = deployment.metadata;
    const [service] = podOf(deployment).spec?.containers ?? [];
    const checked = containers.find((container) => container.name === name);
    return checked && isDeepStrictEqual(checked.env, service?.env)
      ? []
      : [`CronJob/preflight: has not the settings of ${name}`];
  });
}

/** Somebody who comes the next working day has to find a Job that failed, and its log. */
const LEAST_TTL_SECONDS = 86_400;

/** What a Job says of itself, whoever makes it. */
interface JobSpec {
  ttlSecondsAfterFinished?: number;
  podFailurePolicy?: { rules: { action: string; onPodConditions?: { type: string }[] }[] };
}

const jobOf = (job: Manifest): JobSpec =>
  job.kind === 'CronJob'
    ? (job['spec'] as { jobTemplate: { spec: JobSpec } }).jobTemplate.spec
    : (job['spec'] as JobSpec);

/** A Job that goes too early takes its alert with it, and `kubectl wait` for several Jobs never ends. */
function goneTooEarly(job: Manifest): string[] {
  const { ttlSecondsAfterFinished: ttl = Infinity } = jobOf(job);
  const isForHand = podOf(job).metadata?.labels?.['app.kubernetes.io/component'] === 'administration';
  return ttl >= LEAST_TTL_SECONDS || isForHand
    ? []
    : [`${job.kind}/${job.metadata.name}: is gone after ${ttl} s`];
}

/** An alert calls somebody for a Job that failed, at night too, when nodes are replaced: that is no reason. */
function failsWithItsNode(job: Manifest): string[] {
  const { rules = [] } = jobOf(job).podFailurePolicy ?? {};
  const isPassedOver = rules.some(
    ({ action, onPodConditions = [] }) =>
      action === 'Ignore' && onPodConditions.some(({ type }) => type === 'DisruptionTarget'),
  );
  return isPassedOver ? [] : [`${job.kind}/${job.metadata.name}: fails when its node is drained`];
}

/**
 * A program that is the first of its container gets no signal that it does not ask for: whoever deletes its Job would wait until it
 * is killed, and it would go on until then. Containers of several services may not see each other's processes and their secrets,
 * nor may one that runs beside ours (a sidecar). One that has ended before ours begins sees nothing.
 */
function goesOnWhenDeleted(job: Manifest): string[] {
  const { containers = [], initContainers = [], shareProcessNamespace = false } = podOf(job).spec ?? {};
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const isToShare = containers.length + sidecars.length === 1;
  if (shareProcessNamespace === isToShare) return [];
  const why = isToShare ? 'goes on for 30 s when it is deleted' : 'its containers see what the others have';
  return [`${job.kind}/${job.metadata.name}: ${why}`];
}

/** @returns what is wrong with the commands, one line each */
export const commandProblems = (manifests: Manifest[]): string[] => [
  ...ofKinds(manifests, 'Job', 'CronJob').flatMap(goneTooEarly),
  ...ofKinds(manifests, 'Job', 'CronJob').flatMap(failsWithItsNode),
  ...ofKinds(manifests, 'Job', 'CronJob').flatMap(goesOnWhenDeleted),
  ...ofKinds(manifests, 'Job', 'CronJob').flatMap((job) =>
    (podOf(job).spec?.containers ?? [])
      .filter((container) => !runsCommand(container) && !isWaiting(container, podOf(job)))
      .map(({ name }) => `${job.kind}/${job.metadata.name}: ${name} runs no command of its image`),
  ),
  ...preflightProblems(manifests),
];
