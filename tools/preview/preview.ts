import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { provisionDatabase } from '@patient-access/database';
import { PUBLICATIONS } from '@patient-access/fhir';
import { migrate } from '@patient-access/migrate';
import { PREVIEW_AUDITOR, previewMembers } from '@patient-access/population';
import { adminUrl, dataDirectory, type Postgres, startPostgres } from '@patient-access/testing';
import {
  type DatabaseName,
  databaseOf,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES_WITH_DATABASE,
  TOPOLOGY,
} from '@patient-access/topology';
import { writeDescription, writeSettings } from './description.ts';
import {
  type Environment,
  environments,
  type Installation,
  newCheckpointKey,
  newEventKeys,
  publicEventKeys,
  newSecrets,
  type RoleUrls,
  type Secrets,
} from './environment.ts';
import type { PreviewDescription as Description } from './index.ts';
import { loadPopulation } from './load.ts';
import { mailDirectory } from './mails.ts';
import { dayNow, type PreviewOptions } from './options.ts';
import { refuseAddress, siteAddress } from './address.ts';
import { makeServiceTls } from './service-tls.ts';
import { startService, stop, seedAuth, whenReady } from './processes.ts';
import { JOINING_PLAN, joiningPerson } from './joining.ts';
import { testClientAt, writeTestClientPlans } from './test-client.ts';
import { claimDirectory, type DirectoryLock } from './running.ts';
import { readWhole, writeWhole } from './whole-file.ts';

/**
 * Settings of the preview tenants. An app under development, and so its key set, runs on the same machine and calls
 * often.
 */
const settings = {
  loopbackKeySets: true,
  nativeApps: true,
  registration: { perAddressPerHour: 1_000, perTenantPerHour: 1_000 },
};

const settingsOf = (tenant: string) => ({
  ...settings,
  mail: { from: `no-reply@${tenant}.example` },
  applications: { open: true, contact: `apps@${tenant}.example` },
  brand: { website: `https://${tenant}.example/`, developerContact: `api@${tenant}.example` },
});

type PreviewPlan = (typeof TENANTS)[number];

/** Both plans are in the bundle of the installation. Their logos are files of the developer site. */
const withLogo = (tenant: PreviewPlan, developersUrl: string) => {
  const brand = { ...tenant.settings.brand, logo: `${developersUrl}/brands/${tenant.id}.svg`, listed: true };
  return { ...tenant, settings: { ...tenant.settings, brand } };
};

const TENANTS = [
  {
    id: 'northwind',
    name: 'Northwind Health',
    kind: 'preview',
    settings: { ...settingsOf('northwind'), guides: '2023', publications: PUBLICATIONS },
  },
  {
    id: JOINING_PLAN,
    name: 'Lakeside Health Plan',
    kind: 'preview',
    settings: { ...settingsOf(JOINING_PLAN), guides: '2027', publications: PUBLICATIONS, join: {} },
  },
] as const;

const LOADED = TENANTS.map(({ id, settings: { guides, publications } }) => ({ id, guides, publications }));

/** What a start makes in its directory, and `--fresh` removes. */
const MADE = [
  'postgres',
  'secrets.json',
  'event-public-keys.json',
  'preview.json',
  'test-client-plans.json',
  'checkpoints',
  'checkpoint-key.pem',
  'service-tls',
  'logs',
  'mail',
  'populations.json',
] as const;

/** The one-machine installation. It stops everything that it has started. */
export class Preview {
  private readonly options: PreviewOptions;
  /** the day of the made-up data */
  private readonly today: string;
  private readonly services = new Map<ServiceName, ChildProcess>();
  private environments: Record<ServiceName, Environment> | undefined;
  private database: Postgres | undefined;
  private claim: DirectoryLock | undefined;
  private stopping = false;
  private ended: (line: string) => void = () => undefined;
  private readonly somethingEnded = new Promise<string>((resolve) => (this.ended = resolve));

  constructor(options: PreviewOptions) {
    this.options = options;
    this.today = options.today ?? dayNow();
  }

  /** Starts everything. @throws Error with one line; {@link stop} then stops what was started */
  async start(): Promise<Description> {
    const { directory, port, publicUrl, fresh } = this.options;
    await mkdir(directory, { recursive: true });
    this.claim = await claimDirectory(directory, fresh);
    await refuseAddress(publicUrl, port);
    if (fresh) await Promise.all(MADE.map((name) => this.remove(name)));
    await mkdir(join(directory, 'logs'), { recursive: true });
    const secrets = await this.secrets();
    const own = await this.startDatabases(secrets);
    const databases = (await this.options.pooled?.(own)) ?? own;
    const developers = await siteAddress('developers', this.options, this.options.developersUrl);
    const testClient = await siteAddress('testClient', this.options, this.options.testClientUrl);
    const all = await environments({
      publicUrl,
      publicPort: port,
      developersUrl: developers.url,
      developersPort: developers.port,
      testClient: { ...testClient, plansFile: await writeTestClientPlans(directory, TENANTS) },
      plans: TENANTS.map(({ id }) => id),
      secrets,
      databases,
      kafka: this.options.kafka,
      passedOn: this.options.passedOn ?? {},
      eventKeys: await this.eventKeys(),
      checkpoints: await this.checkpoints(),
      mailDirectory: mailDirectory(directory),
      serviceTls: this.options.serviceTls ? await makeServiceTls(directory) : undefined,
    });
    this.environments = all;
    await this.seed(all['auth-service'], { developersUrl: developers.url, testClientUrl: testClient.url });
    const loaded = { ...this.options, today: this.today };
    await Promise.all([this.startServices(), loadPopulation(databases, LOADED, loaded)]);
    await writeSettings(directory, databases, all);
    const urls = { publicUrl, developersUrl: developers.url, testClientUrl: testClient.url };
    return writeDescription(directory, urls, TENANTS, { seed: this.options.seed, today: this.today });
  }

  /** Resolves with one line when a process has ended unexpectedly. */
  whenSomethingEnds(): Promise<string> {
    return this.somethingEnded;
  }

  /**
   * Stops the gateway first, then the other services, then audit-service, which receives their events, then Postgres.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    const running = (service: ServiceName) => this.services.get(service);
    const first = running('fhir-gateway');
    if (first) await stop(first);
    const last = running('audit-service');
    await Promise.all([...this.services.values()].filter((child) => child !== last).map(stop));
    if (last) await stop(last);
    await this.database?.stop();
    await this.claim?.release();
  }

  private remove(name: string): Promise<void> {
    return rm(dataDirectory(join(this.options.directory, name)), { recursive: true, force: true });
  }

  private async secrets(): Promise<Secrets> {
    const file = join(this.options.directory, 'secrets.json');
    const kept = await readWhole(file);
    if (kept !== undefined) return kept as Secrets;
    const secrets = newSecrets();
    await writeWhole(file, JSON.stringify(secrets), 0o600);
    return secrets;
  }

  private async eventKeys(): Promise<Installation['eventKeys']> {
    const fileOf = Object.fromEntries(
      SERVICES_WITH_DATABASE.map((service) => [
        service,
        join(this.options.directory, `${databaseOf(service)}-event-key.pem`),
      ]),
    ) as Installation['eventKeys']['fileOf'];
    const publicFile = join(this.options.directory, 'event-public-keys.json');
    if (!existsSync(publicFile)) {
      const keys = newEventKeys();
      for (const service of SERVICES_WITH_DATABASE) await writeWhole(fileOf[service], keys[service], 0o600);
      await writeWhole(publicFile, publicEventKeys(keys));
    }
    return { fileOf, publicFile };
  }

  private async checkpoints(): Promise<{ keyFile: string; log: string }> {
    const keyFile = join(this.options.directory, 'checkpoint-key.pem');
    if (!existsSync(keyFile)) await writeWhole(keyFile, newCheckpointKey(), 0o600);
    return { keyFile, log: join(this.options.directory, 'checkpoints') };
  }

  private async startDatabases(secrets: Secrets): Promise<Record<DatabaseName, RoleUrls>> {
    const { directory, postgresPrograms: programs } = this.options;
    this.database = await startPostgres({ dir: join(directory, 'postgres'), detached: true, programs });
    this.watch('Postgres', this.database.process);
    const { adminUrl } = this.database;
    const made = await Promise.all(
      SERVICES_WITH_DATABASE.map(async (service) => {
        const database = databaseOf(service);
        const password = (role: string) => `${role}-${secrets.database}`;
        const roles = TOPOLOGY[service].database?.roles.filter((role) => role !== 'service');
        const urls = await provisionDatabase(adminUrl, database, password, roles);
        await migrate(service, urls.owner);
        return [database, urls] as const;
      }),
    );
    return Object.fromEntries(made) as Record<DatabaseName, RoleUrls>;
  }

  private seed(
    environment: Environment,
    { developersUrl, testClientUrl }: Record<'developersUrl' | 'testClientUrl', string>,
  ): Promise<void> {
    const accounts = TENANTS.flatMap(({ id }) =>
      previewMembers(id, this.today).map(({ login, password, patients, fhirUser }) => ({
        tenant: id,
        login,
        password,
        patients,
        ...(fhirUser && { fhirUser }),
      })),
    );
    const emails = TENANTS.flatMap(({ id }) =>
      previewMembers(id).map(({ login }) => ({ tenant: id, login, email: `${login}@members.example` })),
    );
    const auditors = TENANTS.map(({ id }) => ({ tenant: id, ...PREVIEW_AUDITOR }));
    const clients = TENANTS.map(({ id }) => testClientAt(id, testClientUrl));
    const tenants = TENANTS.map((tenant) => withLogo(tenant, developersUrl));
    const people = [joiningPerson(JOINING_PLAN, this.options.seed, this.today)];
    return seedAuth(environment, { tenants, accounts, emails, auditors, people, clients });
  }

  /** @returns the process of a part, for tests that break it */
  processOf(part: ServiceName | 'postgres'): ChildProcess | undefined {
    return part === 'postgres' ? this.database?.process : this.services.get(part);
  }

  /** @returns the superuser's connection URL of a database */
  adminUrl(database: DatabaseName | 'postgres'): string {
    return adminUrl(this.database?.port ?? 0, database);
  }

  /**
   * Starts a part that has ended, as a supervisor would in production, and waits until it is ready.
   *
   * @param apps folder of the compiled apps; undefined for the ones of this workspace
   */
  async startAgain(part: ServiceName | 'postgres', apps?: string): Promise<void> {
    if (part !== 'postgres') return this.startOne(part, apps);
    const { directory, postgresPrograms: programs } = this.options;
    const port = this.database?.port;
    this.database = await startPostgres({
      dir: join(directory, 'postgres'),
      detached: true,
      programs,
      ...(port !== undefined && { port }),
    });
    await this.claim?.add(this.database.process.pid);
    return undefined;
  }

  private async startServices(): Promise<void> {
    const { without = [] } = this.options;
    const started = SERVICE_NAMES.filter((service) => !without.includes(service));
    await Promise.all(started.map((service) => this.startOne(service)));
  }

  private async startOne(service: ServiceName, apps?: string): Promise<void> {
    const environment = this.environments?.[service] ?? {};
    const logs = join(this.options.directory, 'logs');
    const child = startService(service, environment, logs, apps);
    this.services.set(service, child);
    this.watch(`${service} (see ${join(logs, `${service}.log`)})`, child);
    await whenReady(service, child, environment['METRICS_PORT'] ?? '', logs);
  }

  private watch(name: string, child: ChildProcess): void {
    child.once('exit', (code, signal) => {
      if (!this.stopping)
        this.ended(`stopped: ${name} ended unexpectedly (${signal ?? `exit code ${code}`})`);
    });
    void this.claim?.add(child.pid);
  }
}
