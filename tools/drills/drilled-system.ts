/** A whole system on this machine, on Debian's PostgreSQL, whose databases are lost and restored. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { Preview } from '@patient-access/preview/installation';
import type { PreviewDescription } from '@patient-access/preview';
import { endProcess, freePort, reachableTemporary, waitUntil } from '@patient-access/testing';
import {
  type DatabaseName,
  databaseOf,
  SERVICE_NAMES,
  SERVICES_WITH_DATABASE,
  type ServiceName,
} from '@patient-access/topology';
import { runFromPage } from './page.ts';
import { Poolers } from './poolers.ts';
import { query } from './query.ts';
import { makeOperatorsKeys, type OperatorsKeys } from './restore/operators-keys.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** The commands for the trail; their settings are in `audit.env`. */
export const AUDIT_ADMIN = 'apps/audit-service/dist/admin.js';
const MEMBERS = 20;
const READY_MS = 60_000;

/** What a command said, and how it ended. */
export interface Said {
  code: number | null;
  text: string;
}

/** @returns the URL of the same database on another Postgres */
function atPort(url = '', port: number): string {
  const other = new URL(url);
  other.port = String(port);
  return other.href;
}

export class DrilledSystem {
  readonly directory: string;
  readonly description: PreviewDescription;
  readonly operatorsKeys: OperatorsKeys;
  /** folder of the programs of Postgres */
  readonly programs: string;
  private readonly preview: Preview;
  private readonly poolers: Poolers;

  private constructor(
    { preview, poolers }: { preview: Preview; poolers: Poolers },
    { directory, operatorsKeys, programs }: Pick<DrilledSystem, 'directory' | 'operatorsKeys' | 'programs'>,
    description: PreviewDescription,
  ) {
    this.preview = preview;
    this.poolers = poolers;
    this.directory = directory;
    this.operatorsKeys = operatorsKeys;
    this.programs = programs;
    this.description = description;
  }

  /**
   * @param programs folder of the programs of Postgres
   * @param options.pooler whether all for whom a pooler serves reach Postgres through PgBouncer
   * @throws Error of the part that does not start
   */
  static async start(programs: string, { pooler = false } = {}): Promise<DrilledSystem> {
    const directory = reachableTemporary('patient-access-drill-');
    const operatorsKeys = makeOperatorsKeys(directory);
    const port = await freePort();
    const publicUrl = `http://localhost:${port}`;
    const poolers = new Poolers();
    const preview = new Preview({
      ...{ port, publicUrl, directory, members: MEMBERS, seed: 1, kafka: {}, fresh: false },
      passedOn: { RESTORE_PUBLIC_KEYS_FILE: operatorsKeys.publicFile },
      postgresPrograms: programs,
      ...(pooler && { pooled: poolers.before }),
    });
    try {
      const description = await preview.start();
      return new DrilledSystem({ preview, poolers }, { directory, operatorsKeys, programs }, description);
    } catch (error) {
      await preview.stop();
      await poolers.stop();
      throw error;
    }
  }

  /** Backs up all databases while they are used. @param url of another server than the one that serves */
  async backUp(url?: string): Promise<void> {
    for (const service of SERVICES_WITH_DATABASE)
      await this.runFromPage('pg_dump --format=custom', { auth: databaseOf(service) }, url);
  }

  /** What was in a database is gone, whoever is connected; then the backup is in its place. */
  async loseAndRestore(database: DatabaseName): Promise<void> {
    await this.runFromPage('dropdb --force', { auth: database });
    await this.runFromPage('pg_restore --create', { auth: database });
  }

  /** Runs a command of docs/operate.md as it stands there, with what takes the place of words on the page. */
  runFromPage(
    begins: string,
    instead: Readonly<Record<string, string>> = {},
    url = this.adminUrl('postgres'),
  ): Promise<void> {
    const { programs, directory } = this;
    return runFromPage(begins, { programs, directory, url }, instead);
  }

  /** For settings that Postgres reads at its start alone. Resolves when every service is ready again. */
  async restartPostgres(): Promise<void> {
    await endProcess(this.processOf('postgres'), 'SIGINT');
    await this.preview.startAgain('postgres');
    for (const service of SERVICE_NAMES)
      await waitUntil(() => this.isReady(service), {
        withinMs: READY_MS,
        failure: () => `${service} is not ready after a restart of Postgres`,
      });
  }

  /** @returns whether audit-service has all events of a service: what it does not have is lost with the database */
  async isDelivered(database: DatabaseName): Promise<boolean> {
    return (await query(this.adminUrl(database), 'SELECT FROM outbox LIMIT 1')) === 0;
  }

  /** @returns the value of a metric that a service shows now, the highest one where there are several; undefined for none */
  async metric(service: ServiceName, name: string): Promise<number | undefined> {
    const shown = await (await this.ask(service, '/metrics')).text();
    const values = [...shown.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
    return values.length === 0 ? undefined : Math.max(...values.map(([, value]) => Number(value)));
  }

  /** @returns the port at which a service shows its metrics */
  metricsPort = (service: ServiceName): number =>
    Number(this.settings(`apps/${service}.env`)['METRICS_PORT']);

  /** Sends a signal to a service: `SIGSTOP` lets it hang, `SIGCONT` lets it go on. */
  signal(service: ServiceName, signal: NodeJS.Signals): void {
    this.processOf(service)?.kill(signal);
  }

  async end(service: ServiceName): Promise<void> {
    await endProcess(this.processOf(service));
  }

  startAgain = (part: ServiceName | 'postgres'): Promise<void> => this.preview.startAgain(part);

  /** @returns the process of a part */
  processOf = (part: ServiceName | 'postgres'): ChildProcess | undefined => this.preview.processOf(part);

  /** @returns the superuser's connection URL of a database */
  adminUrl = (database: DatabaseName | 'postgres'): string => this.preview.adminUrl(database);

  /** @returns whether a service has said something in its log */
  hasSaid(service: ServiceName, what: string): boolean {
    return readFileSync(join(this.directory, 'logs', `${service}.log`), 'utf8').includes(what);
  }

  /**
   * Runs a command of operators with its settings.
   *
   * @param settings the file with them, in the directory
   * @param port of another Postgres than the one that the settings name
   * @param more settings beside those of the file
   */
  async command(
    program: string,
    settings: string,
    args: readonly string[],
    { port, more = {} }: { port?: number; more?: Readonly<Record<string, string>> } = {},
  ): Promise<Said> {
    const env = { ...this.settings(settings), ...more };
    if (port !== undefined)
      for (const [name, value] of Object.entries(env))
        if (name.endsWith('DATABASE_URL')) env[name] = atPort(value, port);
    const child = spawn(process.execPath, [join(ROOT, program), ...args], { env });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, text };
  }

  async stop(): Promise<void> {
    await this.preview.stop();
    await this.poolers.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private isReady = async (service: ServiceName): Promise<boolean> =>
    (await this.ask(service, '/health/ready')).ok;

  /** Asks at the port of the metrics. */
  private ask(service: ServiceName, path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.metricsPort(service)}${path}`);
  }

  private settings = (file: string) => parseEnv(readFileSync(join(this.directory, file), 'utf8'));
}
