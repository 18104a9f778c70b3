/** The whole system on this machine with a real Kafka, and functions that break each part of it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningKafka, startKafka } from '@patient-access/kafka';
import { Preview } from '@patient-access/preview/installation';
import type { PreviewDescription as Description } from '@patient-access/preview';
import {
  type DatabaseName,
  KAFKA_GROUPS,
  KAFKA_TOPICS,
  SERVICE_NAMES,
  type ServiceName,
} from '@patient-access/topology';
import { freePort, reachableTemporary } from '@patient-access/testing';
import pg from 'pg';

const MEMBERS = 20;
const START_ATTEMPTS = 5;
/** consumer group of audit-service's replicas */
const CONSUMER_GROUP = KAFKA_GROUPS.accessEvents.name;
const ACCESS_EVENT_TOPIC = KAFKA_TOPICS.accessEvents.name;

/** A part of the system that can be broken. */
export type Part = ServiceName | 'postgres' | 'kafka';

type Row = Record<string, unknown>;

export class System {
  readonly directory: string;
  readonly description: Description;
  private readonly preview: Preview;
  private kafka: RunningKafka;
  /** folder of the apps; undefined for the ones of this workspace */
  private apps: string | undefined;

  private constructor(directory: string, preview: Preview, description: Description, kafka: RunningKafka) {
    this.directory = directory;
    this.preview = preview;
    this.description = description;
    this.kafka = kafka;
  }

  /** Starts everything with a population of its own. @throws Error of the part that does not start */
  static async start(): Promise<System> {
    const directory = reachableTemporary('patient-access-faults-');
    const kafka = await startKafka({ dir: join(directory, 'kafka') });
    const port = await freePort();
    const options = {
      port,
      directory,
      kafka: kafka.settingsFor(),
      fresh: false,
      members: MEMBERS,
      seed: 1,
      publicUrl: `http://localhost:${port}`,
    };
    const preview = new Preview(options);
    try {
      return new System(directory, preview, await preview.start(), kafka);
    } catch (error) {
      await preview.stop();
      await kafka.stop();
      throw error;
    }
  }

  /** Sends SIGSTOP: the part stays alive and does not answer. */
  freeze(part: Part): void {
    this.signal(part, 'SIGSTOP');
  }

  thaw(part: Part): void {
    this.signal(part, 'SIGCONT');
  }

  /** Sends SIGKILL, and waits for the end of the process. */
  async kill(part: Part): Promise<void> {
    if (part === 'kafka') return this.kafka.kill();
    const child = this.preview.processOf(part);
    if (!child || child.exitCode !== null || child.signalCode !== null) return undefined;
    const gone = new Promise((done) => child.once('exit', done));
    this.signal(part, 'SIGKILL');
    await gone;
    return undefined;
  }

  /** Starts a killed part again. If the start fails because of another fault, it tries again, as a supervisor does. */
  async revive(part: Part): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.begin(part);
      } catch (error) {
        if (attempt === START_ATTEMPTS) throw error;
        await this.kill(part);
        await delay(1_000);
      }
    }
  }

  /** Ends all services and starts them from another folder. @param apps undefined for the apps of this workspace */
  async replaceServices(apps: string | undefined): Promise<void> {
    this.apps = apps;
    await Promise.all(SERVICE_NAMES.map((service) => this.kill(service)));
    await Promise.all(SERVICE_NAMES.map((service) => this.revive(service)));
  }

  /** Runs a statement as the superuser, on a connection of its own. */
  async query(database: DatabaseName, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.connect(database);
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** @returns the number of messages in the topic after the committed offset, according to the broker */
  async unread(): Promise<number> {
    const admin = this.kafka.client().admin();
    await admin.connect();
    try {
      const topics = [ACCESS_EVENT_TOPIC];
      const [group] = await admin.fetchOffsets({ groupId: CONSUMER_GROUP, topics });
      const read = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const ends = await admin.fetchTopicOffsets(ACCESS_EVENT_TOPIC);
      return ends.reduce(
        (sum, { partition, high }) => sum + Number(high) - Math.max(0, read.get(partition) ?? 0),
        0,
      );
    } finally {
      await admin.disconnect();
    }
  }

  async connect(database: DatabaseName): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.preview.adminUrl(database) });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async stop(keep: boolean): Promise<void> {
    await this.preview.stop();
    await this.kafka.stop();
    if (!keep) rmSync(this.directory, { recursive: true, force: true });
  }

  private async begin(part: Part): Promise<void> {
    if (part !== 'kafka') return this.preview.startAgain(part, part === 'postgres' ? undefined : this.apps);
    this.kafka = await startKafka({ port: this.kafka.port, dir: join(this.directory, 'kafka') });
    return undefined;
  }

  /** Sends a signal. Postgres has many processes, so its process group gets the signal. */
  private signal(part: Part, signal: NodeJS.Signals): void {
    const pid = part === 'kafka' ? this.kafka.pid : this.preview.processOf(part)?.pid;
    if (pid === undefined) throw new Error(`${part} is not running`);
    process.kill(part === 'postgres' ? -pid : pid, signal);
  }
}
