/** A temporary Postgres with the three databases for imports, and functions that read them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { applyMigrations, createPool, type Pool, provisionDatabase } from '@patient-access/database';
import type { Owner } from '@patient-access/fhir';
import { COMPILE_CACHE, startFilledPostgres } from '@patient-access/testing';
import { databaseOf, ingestSetting, RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { type FileOrigin, recordsOf } from '../read/records.ts';
import { importResources } from '../store/import.ts';
import type { FileLine, Input, Rejection, Stores } from '../store/input.ts';
import type { Summary } from '../store/summary.ts';
import type { Ended } from './command-host.ts';
import { CommandHost } from './hosted.ts';

const MIGRATIONS = resolve(import.meta.dirname, '../../../libs/fhir-store/prisma/migrations');

interface StoredRow {
  owner: Owner;
  type: string;
  id: string;
  member: string;
  version: number;
  body: string;
}

/** A command that was started. */
export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** How a command is started, where it is not as usual. */
export interface Started {
  /** what it reads */
  input?: string;
  /** beside the databases */
  settings?: Record<string, string>;
  /** all that it is told, without the databases */
  environment?: Record<string, string>;
  cwd?: string;
  uid?: number;
}

export interface World {
  folder: string;
  stores: Stores;
  /** superuser, for tests that hold the database up */
  adminUrlOf(owner: Owner): string;
  /** the environment of a command, with the databases */
  environment: Record<string, string>;
  /**
   * runs a command of the import to its end, in a process that runs them all
   *
   * @param name of its file: `main`, `report`
   * @param settings beside the databases
   * @param input what it reads
   */
  run(
    name: string,
    args: readonly string[],
    settings?: Record<string, string>,
    input?: string,
  ): Promise<Ended>;
  /** starts a command as a process of its own */
  start(name: string, args: readonly string[], within?: Started): Running;
  /** writes a file into the world's folder */
  file(name: string, content: string | Buffer): Promise<string>;
  /** imports a file as the command does, as a complete load of these types */
  importComplete(
    tenant: string,
    path: string,
    complete: { types: string[]; atMost: number },
    deletesRetained?: boolean,
  ): Promise<Summary>;
  /** imports files as the command does */
  importFiles(
    tenant: string,
    ...paths: string[]
  ): Promise<{ summary: Summary; rejections: Rejection<FileOrigin>[] }>;
  /** @returns all rows of a tenant, or those of one `Type/id` */
  stored(tenant: string, reference?: string): Promise<StoredRow[]>;
  end(): Promise<void>;
}

const pathOf = (name: string) => resolve(import.meta.dirname, '..', `${name}.ts`);

function startCommand(
  name: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string>; uid?: number },
): Running {
  const child = spawn(process.execPath, [pathOf(name), ...args], options);
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  const ended = new Promise<Ended>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, out, err }));
  });
  return { child, ended };
}

async function* recordsOfAll(paths: string[]): AsyncGenerator<Input<FileOrigin> | FileLine<FileOrigin>> {
  for (const path of paths) yield* recordsOf(path);
}

async function rowsOf(owner: Owner, pool: Pool, tenant: string): Promise<StoredRow[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)", [
      tenant,
    ]);
    const { rows } = await client.query<Omit<StoredRow, 'owner'>>(
      'SELECT type, id, member, version, body FROM resource WHERE tenant = $1 AND form = 0 ORDER BY type, id',
      [tenant],
    );
    await client.query('COMMIT');
    return rows.map((row) => ({ owner, ...row }));
  } finally {
    client.release();
  }
}

const provision = (adminUrl: string, owner: RecordService) =>
  provisionDatabase(adminUrl, databaseOf(owner), (role) => `${role}-password`);

async function fillDatabases(adminUrl: string): Promise<void> {
  for (const owner of RECORD_SERVICES)
    await applyMigrations((await provision(adminUrl, owner)).owner, MIGRATIONS);
}

export async function createWorld(): Promise<World> {
  const postgres = await startFilledPostgres('import', fillDatabases);
  const folder = await mkdtemp(join(tmpdir(), 'patient-access-import-test-'));
  const environment: Record<string, string> = {};
  const stores = new Map<Owner, Pool>();
  for (const owner of RECORD_SERVICES) {
    const { ingest } = await provision(postgres.adminUrl, owner);
    environment[ingestSetting(owner)] = ingest;
    stores.set(owner, await createPool(ingest, { max: 2, statementTimeoutMs: 60_000 }));
  }
  const env = { PATH: '', ...COMPILE_CACHE, ...environment };
  const host = new CommandHost();
  return {
    folder,
    stores,
    environment,
    adminUrlOf: (owner) => postgres.adminUrl.replace(/postgres$/, databaseOf(owner as RecordService)),
    run: (name, args, settings = {}, input = '') =>
      host.run({ path: pathOf(name), args, cwd: folder, env: { ...env, ...settings }, input }),
    start(name, args, { input, settings, environment: all = environment, cwd = folder, ...more } = {}) {
      const env = { PATH: '', ...COMPILE_CACHE, ...all, ...settings };
      const running = startCommand(name, args, { cwd, env, ...more });
      if (input !== undefined) running.child.stdin?.end(input);
      return running;
    },
    async file(name, content) {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    },
    importComplete: (tenant, path, complete, deletesRetained = false) =>
      importResources(stores, tenant, recordsOfAll([path]), { complete, deletesRetained }),
    async importFiles(tenant, ...paths) {
      const rejections: Rejection<FileOrigin>[] = [];
      const summary = await importResources(stores, tenant, recordsOfAll(paths), {
        onReject: (rejection) => void rejections.push(rejection),
      });
      return { summary, rejections };
    },
    async stored(tenant, reference) {
      const rows = (
        await Promise.all([...stores].map(([owner, pool]) => rowsOf(owner, pool, tenant)))
      ).flat();
      return rows.filter(({ type, id }) => reference === undefined || reference === `${type}/${id}`);
    },
    async end() {
      await host.end();
      for (const pool of stores.values()) await pool.end();
      await postgres.stop();
      await rm(folder, { recursive: true });
    },
  };
}
