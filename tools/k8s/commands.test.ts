import { expect, it } from '@jest/globals';
import { commandProblems, imageName, podOf } from './commands.ts';
import type { Manifest } from './render.ts';

const ENV = [{ name: 'PUBLIC_URL', value: 'https://plan.example' }];

const template = (container: object) => ({
  template: { spec: { shareProcessNamespace: true, containers: [container] } },
});

const podFailurePolicy = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
};

const deployment: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'fhir-gateway' },
  spec: template({ name: 'app', env: ENV }),
};

const cronJob = (name: string, container: object): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: {
    jobTemplate: {
      spec: {
        podFailurePolicy,
        ...template({ image: 'registry.example:5000/commands@sha256:0', ...container }),
      },
    },
  },
});

const preflight = (env: object[]) =>
  cronJob('preflight', { name: 'fhir-gateway', command: ['node', 'tools/preflight/main.ts'], env });

it('a command of the image, with the settings of the service, is right', () => {
  expect(commandProblems([deployment, preflight(ENV)])).toEqual([]);
});

it('a program that the image does not have is found, and a service without a preflight', () => {
  const wrong = cronJob('reindex', { name: 'app', command: ['node', 'tools/reindex/main.ts'] });
  expect(commandProblems([deployment, wrong])).toEqual([
    'CronJob/reindex: app runs no command of its image',
    'CronJob/preflight: has not the settings of fhir-gateway',
  ]);
});

it('a pod for commands by hand waits, and no other pod does', () => {
  const waiting = cronJob('auth-administration', { name: 'app', command: ['sleep', '28800'] });
  const labelled = structuredClone(waiting);
  podOf(labelled).metadata = { labels: { 'app.kubernetes.io/component': 'administration' } };
  expect(commandProblems([labelled])).toEqual([]);
  expect(commandProblems([waiting])).toEqual([
    'CronJob/auth-administration: app runs no command of its image',
  ]);
});

it('a Job that is gone before somebody has looked is found', () => {
  const command = ['node', 'tools/migrate/main.ts'];
  const migration = (ttlSecondsAfterFinished: number): Manifest => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'auth-migration' },
    spec: {
      ttlSecondsAfterFinished,
      podFailurePolicy,
      ...template({ name: 'app', image: 'commands', command }),
    },
  });
  expect(commandProblems([migration(604_800)])).toEqual([]);
  expect(commandProblems([migration(600)])).toEqual(['Job/auth-migration: is gone after 600 s']);
});

it('a Job that fails because its node goes is found', () => {
  const job = cronJob('audit-verification', { name: 'app', command: ['node', 'tools/migrate/main.ts'] });
  expect(commandProblems([job])).toEqual([]);
  const { jobTemplate } = job['spec'] as { jobTemplate: { spec: { podFailurePolicy?: object } } };
  delete jobTemplate.spec.podFailurePolicy;
  expect(commandProblems([job])).toEqual(['CronJob/audit-verification: fails when its node is drained']);
});

it('a command that hears nothing of its end is found, and containers that see each other', () => {
  const job = cronJob('reindex', { name: 'app', command: ['node', 'tools/import/reindex.ts'] });
  expect(commandProblems([job])).toEqual([]);
  const { spec } = podOf(job);
  if (!spec) throw new Error('no pod');
  spec.containers.push(...structuredClone(spec.containers));
  expect(commandProblems([job])).toEqual(['CronJob/reindex: its containers see what the others have']);
  spec.containers.pop();
  spec.initContainers = [{ name: 'first' }];
  expect(commandProblems([job])).toEqual([]);
  spec.initContainers = [{ name: 'beside', restartPolicy: 'Always' }];
  expect(commandProblems([job])).toEqual(['CronJob/reindex: its containers see what the others have']);
  delete spec.initContainers;
  delete spec.shareProcessNamespace;
  expect(commandProblems([job])).toEqual(['CronJob/reindex: goes on for 30 s when it is deleted']);
});

it('a preflight with other settings than its service is found', () => {
  expect(commandProblems([deployment, preflight([])])).toEqual([
    'CronJob/preflight: has not the settings of fhir-gateway',
  ]);
});

it.each([
  ['patient-access/commands:0.1.0', 'commands'],
  ['registry.example:5000/patient-access/commands', 'commands'],
  ['commands@sha256:0', 'commands'],
])('the name of the image %s is %s', (image, name) => {
  expect(imageName(image)).toBe(name);
});
