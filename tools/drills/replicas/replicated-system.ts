/** The preview with a real Kafka and with two replicas of each service behind balancers, which run any build. */
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { type RunningKafka, startKafka } from '@patient-access/kafka';
import { migrate } from '@patient-access/migrate';
import type { PreviewDescription } from '@patient-access/preview';
import { makeServiceTls, type Preview } from '@patient-access/preview/installation';
import { endProcess, freePort, reachableTemporary } from '@patient-access/testing';
import {
  type DatabaseName,
  databaseOf,
  SERVICE_NAMES,
  type ServiceName,
  SERVICES_WITH_DATABASE,
} from '@patient-access/topology';
import { Balancer } from './balancer.ts';
import { Replicas } from './replicas.ts';

/** This build. */
export const ROOT = resolve(import.meta.dirname, '../../..');
const MEMBERS = 20;
/** of each service */
export const REPLICAS = 2;

export class ReplicatedSystem {
  readonly description: PreviewDescription;
  private readonly directory: string;
  private readonly preview: Preview;
  private readonly kafka: RunningKafka;
  private readonly replicas = new Map<ServiceName, Replicas>();

  private constructor(
    directory: string,
    preview: Preview,
    kafka: RunningKafka,
    description: PreviewDescription,
  ) {
    this.directory = directory;
    this.preview = preview;
    this.kafka = kafka;
    this.description = description;
  }

  /**
   * @param build folder of the build that makes the databases, loads the members, and serves
   * @param options.serviceTls whether the services call each other over TLS
   * @throws Error of the part that does not start
   */
  static async start(build: string, { serviceTls = false } = {}): Promise<ReplicatedSystem> {
    const directory = reachableTemporary('patient-access-drill-');
    const kafka = await startKafka({ dir: join(directory, 'kafka') });
    const preview = await makePreview(build, directory, { kafka: kafka.settingsFor(), serviceTls });
    try {
      const system = new ReplicatedSystem(directory, preview, kafka, await preview.start());
      await system.replicate(build);
      return system;
    } catch (error) {
      await preview.stop();
      await kafka.stop();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Replaces the replicas of a service. @returns how long each end took, in ms */
  async replace(service: ServiceName, build: string): Promise<number[]> {
    return (await this.replicas.get(service)?.replace(build)) ?? [];
  }

  /** Runs this build's migrations of every database, as its owner, while the services serve. @returns their number */
  async migrate(): Promise<number> {
    let count = 0;
    for (const service of SERVICES_WITH_DATABASE)
      count += (await migrate(service, this.ownerUrl(databaseOf(service)))).length;
    return count;
  }

  /** Puts a new certificate in the place of each service's own, as cert-manager does. */
  async renewCertificates(): Promise<void> {
    const folder = join(this.directory, 'service-tls');
    for (const service of SERVICE_NAMES)
      for (const end of ['pem', 'key']) rmSync(join(folder, `${service}.${end}`));
    await makeServiceTls(this.directory);
  }

  /** @returns how often the replicas of a service have said something in their log */
  said(service: ServiceName, what: string): number {
    return this.log(service).split(what).length - 1;
  }

  /** @returns what the gateways' log says of the error of a request; undefined: nothing */
  errorOf(requestId: string): string | undefined {
    const lines = this.log('fhir-gateway').split('\n');
    const line = lines.find((each) => each.includes(requestId) && each.includes('"err":'));
    if (line === undefined) return undefined;
    const { err } = JSON.parse(line) as { err: { type: string; message: string } };
    return `${err.type}: ${err.message}`;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas.values()].map((replicas) => replicas.stop()));
    await this.preview.stop();
    await this.kafka.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private log(service: ServiceName): string {
    return readFileSync(join(this.directory, 'logs', `${service}.log`), 'utf8');
  }

  /** In the place of each service of the preview there is a balancer with its replicas. */
  private async replicate(build: string): Promise<void> {
    for (const service of SERVICE_NAMES) {
      await endProcess(this.preview.processOf(service));
      const settings = this.settings(`apps/${service}.env`);
      const balancer = await Balancer.listen(Number(settings['PORT']));
      this.replicas.set(service, new Replicas(service, balancer, settings, join(this.directory, 'logs')));
    }
    const all = [...this.replicas.values()];
    for (let count = 0; count < REPLICAS; count += 1)
      await Promise.all(all.map((replicas) => replicas.add(build)));
  }

  /** Of a database whose owner the preview names in no file: in its URL, the database's name stands in three places. */
  private ownerUrl(database: DatabaseName): string {
    return (this.settings('audit.env')['OWNER_DATABASE_URL'] ?? '').replaceAll(
      /(?<=[/:])audit(?=_owner|$)/g,
      database,
    );
  }

  private settings = (file: string) =>
    parseEnv(readFileSync(join(this.directory, file), 'utf8')) as Record<string, string>;
}

/** The preview of a build: its own code makes the tables, the logins and the members. */
async function makePreview(
  build: string,
  directory: string,
  more: { kafka: Record<string, string>; serviceTls: boolean },
): Promise<Preview> {
  const from = createRequire(join(build, 'tools/drills/package.json'));
  const { Preview: Made } = (await import(
    pathToFileURL(from.resolve('@patient-access/preview/installation')).href
  )) as typeof import('@patient-access/preview/installation');
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const options = { port, publicUrl, directory, members: MEMBERS, seed: 1, fresh: false };
  return new Made({ ...options, ...more });
}
