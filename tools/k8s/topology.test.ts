/**
 * Shows that the comparison of the topology with the deployments can fail: each test changes one thing in valid files.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DATA_SERVICES, SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import { parseAllDocuments } from 'yaml';
import { composeProblems, type Compose, readCompose } from './compose.ts';
import { dockerfileProblems } from './dockerfile.ts';
import type { App } from './invariants.ts';
import { networkProblems } from './network.ts';
import type { Manifest } from './render.ts';
import { topologyProblems } from './topology.ts';
import { wiringProblems } from './wiring.ts';

const root = resolve(import.meta.dirname, '../..');
/** The settings are undefined, because other tests compare the apps' schemas. */
const apps: App[] = SERVICE_NAMES.map((name) => ({ name, settings: undefined }));

describe('an app', () => {
  it('is in the topology exactly when it has a folder', () => {
    expect(topologyProblems(SERVICE_NAMES, apps)).toEqual([]);
    expect(topologyProblems([...SERVICE_NAMES.slice(1), 'dental-service'], apps)).toEqual([
      'topology: there is no app audit-service',
      'topology: has no row for apps/dental-service',
    ]);
  });

  it('gets all settings that its schema requires, and none that it does not know', () => {
    const settings = new Map([
      ['PUBLIC_URL', true],
      ['CURSOR_SECRET', true],
      ['TERMINOLOGY_URL', true],
    ]);
    const problems = topologyProblems(SERVICE_NAMES, [{ name: 'claims-service', settings }]);
    expect(problems).toContain('topology: claims-service: does not set TERMINOLOGY_URL, which the app needs');
    expect(problems).toContain('topology: claims-service: sets AUDIT_URL, which the app does not know');
  });
});

describe('compose.yaml', () => {
  let compose: Compose;
  beforeEach(() => void (compose = readCompose(root)));
  const service = (name: string) => compose.services[name] ?? {};
  const problems = () => composeProblems(compose, apps).join('\n');

  it('matches the topology', () => expect(problems()).toBe(''));

  it.each<[string, () => void, RegExp]>([
    ['a service that is not there', () => delete compose.services['claims-service'], /has no claims-service/],
    [
      'a container for commands that nobody can end',
      () => delete service('import-administration').init,
      /^compose.yaml: import-administration: Ctrl-C does not end a command$/,
    ],
    [
      'a Postgres with fewer connections than the services may take',
      () => (service('postgres').command = ['postgres', '-c', 'ssl=on']),
      /postgres: 100 connections, and the services may take 121/,
    ],
    [
      'an address of another service',
      () =>
        (service('fhir-gateway').environment = {
          ...service('fhir-gateway').environment,
          CLAIMS_URL: 'https://clinical-service:8080',
        }),
      /fhir-gateway: sets CLAIMS_URL to https:\/\/clinical-service:8080, and the topology says https:\/\/claims-service:8080/,
    ],
    [
      'an address without TLS, where the services have certificates',
      () =>
        (service('fhir-gateway').environment = {
          ...service('fhir-gateway').environment,
          CLAIMS_URL: 'http://claims-service:8080',
        }),
      /fhir-gateway: sets CLAIMS_URL to http:\/\/claims-service:8080, and the topology says https:/,
    ],
    [
      'a setting that is not given',
      () => delete service('claims-service').environment?.['CURSOR_SECRET_FILE'],
      /claims-service: does not set CURSOR_SECRET_FILE, which the topology gives it/,
    ],
    [
      'the address of a service that it must not call',
      () =>
        (service('claims-service').environment = {
          ...service('claims-service').environment,
          CLINICAL_URL: 'http://clinical-service:8080',
        }),
      /claims-service: sets CLINICAL_URL, which the topology does not give it/,
    ],
    [
      'a stronger role',
      () =>
        (service('claims-service').secrets = [
          { source: 'claims_owner_url', target: 'database_url' },
          'cursor_secret',
          { source: 'claims_event_key', target: 'event_key' },
        ]),
      /claims-service: secrets are .*database_url from claims_owner_url.*says .*claims_service_url/,
    ],
    [
      'a role that a database does not have',
      () => service('postgres').secrets?.push('claims_auditor_url'),
      /postgres: roles are .*claims_auditor_url/,
    ],
    [
      'a migration of another service',
      () =>
        (service('claims-migration').command = [
          'node',
          'tools/migrate/main.ts',
          '--service',
          'auth-service',
        ]),
      /claims-migration: does not migrate claims-service as the owner/,
    ],
    [
      'a start before the migration',
      () => (service('claims-service').depends_on = {}),
      /claims-service does not wait for it/,
    ],
    [
      'a login that reaches no mail server',
      () => (service('auth-service').networks = ['internal']),
      /auth-service: does not reach what is outside/,
    ],
    [
      'records that have a way out',
      () => (service('claims-service').networks = ['internal', 'outside']),
      /claims-service: reaches what is outside/,
    ],
    [
      'a service that is published',
      () => (service('claims-service').ports = ['8081:8080']),
      /only the gateway and the developer site may be published/,
    ],
  ])('does not fit with %s', (_, change, message) => {
    change();
    expect(problems()).toMatch(message);
  });
});

describe('the Dockerfile', () => {
  const text = readFileSync(join(root, 'docker/Dockerfile'), 'utf8');

  it.each([
    ['a flag of Node that is missing', / --max-semi-space-size=8/, '', /NODE_OPTIONS is without --max-semi/],
    ['another port', /EXPOSE 8080/, 'EXPOSE 80', /listens on 80, 8080, and the topology says 8080/],
  ])('does not fit with %s', (_, part, by, message) => {
    expect(dockerfileProblems(text)).toEqual([]);
    expect(dockerfileProblems(text.replace(part, by)).join()).toMatch(message);
  });
});

describe('the network policies', () => {
  const isDataService = (name: ServiceName) => DATA_SERVICES.some((service) => service === name);
  const deployments = SERVICE_NAMES.map((name): Manifest => {
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/part-of': 'patient-access',
      'app.kubernetes.io/component': 'service',
      ...(isDataService(name) && { tier: 'data' }),
    };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { template: { metadata: { labels } } },
    };
  });
  const file = readFileSync(join(root, 'k8s/base/network-policies.yaml'), 'utf8');
  let policies: Manifest[];
  beforeEach(() => void (policies = parseAllDocuments(file).map((document) => document.toJS() as Manifest)));
  const problems = (...commands: Manifest[]) =>
    networkProblems([...deployments, ...policies, ...commands]).join('\n');
  const spec = (name: string) =>
    policies.find(({ metadata }) => metadata.name === name)?.['spec'] as Record<string, unknown>;
  const without = (name: string) => (policies = policies.filter(({ metadata }) => metadata.name !== name));
  const TO_ALL = [{ ports: [{ port: 8080 }] }];

  it('match the topology', () => expect(problems()).toBe(''));

  it.each<[string, () => unknown, string]>([
    [
      'a call that is not in the topology',
      () => [(spec('data-services')['egress'] = TO_ALL), (spec('data-services')['ingress'] = TO_ALL)],
      'claims-service calls clinical-service: possible',
    ],
    [
      'a call that is closed',
      () => without('audit-service'),
      'claims-service calls audit-service: not possible',
    ],
    [
      'a gateway that reaches Postgres',
      () => (spec('postgres-and-kafka')['podSelector'] = {}),
      'fhir-gateway reaches Postgres: possible',
    ],
    [
      'a service that does not reach Kafka',
      () => (spec('postgres-and-kafka')['egress'] = [{ ports: [{ port: 5432 }] }]),
      'claims-service reaches Kafka: not possible',
    ],
    [
      'a data service that calls public addresses',
      () => (spec('postgres-and-kafka')['egress'] = [{}]),
      'claims-service calls public addresses: possible',
    ],
    [
      'a developer site that reaches a member’s data',
      () => [(spec('developer-site')['egress'] = TO_ALL), (spec('data-services')['ingress'] = TO_ALL)],
      'developer-site calls claims-service: possible',
    ],
    [
      'a developer site that nobody reaches',
      () => without('developer-site'),
      'developer-site is reached from outside: not possible',
    ],
    [
      'a second way in',
      () => (spec('data-services')['ingress'] = TO_ALL),
      'claims-service is reached from outside: possible',
    ],
  ])('do not fit with %s', (_, change, problem) => {
    change();
    expect(problems()).toContain(`network policies: ${problem}, and the topology says otherwise`);
  });

  it('name no port, because some networks open all of them then', () => {
    spec('metrics')['ingress'] = [{ ports: [{ port: 'metrics' }] }];
    expect(problems()).toBe('network policies: metrics: metrics is the name of a port, not its number');
  });

  it('let a command call a service exactly when it has its address', () => {
    const command = (env: object[], calls?: object): Manifest => {
      const labels = { 'app.kubernetes.io/part-of': 'patient-access', ...calls };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'app', env }] } };
      const spec = { jobTemplate: { spec: { template } } };
      return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'import' }, spec };
    };
    const address = [{ name: 'GATEWAY_URL', value: 'http://fhir-gateway:8080' }];
    const label = { calls: 'fhir-gateway' };
    expect(problems(command(address, label), command([]))).toBe('');
    expect(problems(command(address))).toMatch(/CronJob\/import calls fhir-gateway: not possible, and its/);
    expect(problems(command([], label))).toMatch(/CronJob\/import calls fhir-gateway: possible, and its/);
    const trail = [{ name: 'AUDIT_URL', value: 'http://audit-service:8080' }];
    expect(problems(command(trail, { calls: 'audit-service' }))).toBe('');
    expect(problems(command(trail))).toMatch(/CronJob\/import calls audit-service: not possible, and its/);
  });

  it('let a command call public addresses when it has to ask an identity provider, and no other', () => {
    const command = (name: string, asks?: object): Manifest => {
      const labels = { 'app.kubernetes.io/part-of': 'patient-access', ...asks };
      const template = { metadata: { labels }, spec: { containers: [{ name: 'app', env: [] }] } };
      return {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name },
        spec: { jobTemplate: { spec: { template } } },
      };
    };
    const label = { asks: 'identity-provider' };
    expect(problems(command('auth-administration', label), command('import'))).toBe('');
    expect(problems(command('auth-administration'))).toMatch(
      /auth-administration calls public addresses: not/,
    );
    expect(problems(command('import', label))).toMatch(
      /import calls public addresses: possible, and this check/,
    );
  });
});

describe('a setting of a Deployment', () => {
  it('has the name of a key in the ConfigMap when the topology does not know its value', () => {
    const deployment = { secretPath: (name: string) => `/secrets/${name}`, literals: {} };
    const given = new Map([
      ['PUBLIC_URL', undefined],
      ['CHECKPOINT_LOG', '/var/log'],
    ]);
    const found = wiringProblems('here', 'audit-service', given, deployment);
    expect(found).not.toContain('here: does not set PUBLIC_URL, which the topology gives it');
    expect(found).toContain('here: does not set CHECKPOINT_KEY_FILE, which the topology gives it');
  });
});
