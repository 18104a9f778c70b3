/** `npm run bench -- ingest`: imports a file of the population with all checks, and then imports it again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { createPool, provisionDatabase } from '@patient-access/database';
import { setSensitiveCodes } from '@patient-access/fhir-store/ingest';
import { migrate } from '@patient-access/migrate';
import { adminUrl, type Postgres, reachableTemporary, startPostgres } from '@patient-access/testing';
import { databaseOf, ingestSetting, RECORD_SERVICES } from '@patient-access/topology';
import pg from 'pg';
import { measuredPostgres } from './config.ts';
import type { BenchOptions } from './options.ts';
import { cpuPerRequest, type CpuMicroseconds, type Usage, usage } from './processes.ts';
import { markdownTable } from './report.ts';
import { lines, BENCH_TENANT } from './store.ts';

/** Resources of each member: enough for the usual mix of types. */
const RESOURCES_PER_MEMBER = 100;
const SAMPLE_MS = 50;
const IMPORT = resolve(import.meta.dirname, '../import/main.ts');
/** Folder of the guides' packages beside the repository. Without it, profiles are not checked. */
const PACKAGES = resolve(import.meta.dirname, '../../../shared/data/igs');
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
/** A list of sensitive codes of the longest allowed length. Some of the codes occur in the population. */
const CODES = ['F10*', 'F11*', 'F32*', 'B20', ...Array.from({ length: 500 }, (_, at) => `Z9${at}*`)];

interface Run {
  resources: number;
  rejected: number;
  seconds: number;
  cpu: CpuMicroseconds;
  /** the most memory that the import used at one time */
  peakMegabytes: number;
}

interface IngestResults {
  first: Run;
  /** the second import of the same file, which changes nothing */
  again: Run;
  profilesChecked: boolean;
  inputMegabytes: number;
  sizes: Size[];
}

/** What a database holds after the first import. */
interface Size {
  database: string;
  resources: number;
  /** tables and indexes that have a row for a resource, on disk */
  bytesPerResource: number;
}

const SIZE = `
  SELECT count(*)::int AS resources,
         (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
           WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
             AND c.relname IN ('resource', 'search_value', 'profile_check'))::float8 AS bytes
    FROM resource`;

async function sizesOf({ port }: Postgres): Promise<Size[]> {
  const sizes: Size[] = [];
  for (const database of RECORD_SERVICES.map(databaseOf)) {
    const client = new pg.Client({ connectionString: adminUrl(port, database) });
    await client.connect();
    const { rows } = await client.query<{ resources: number; bytes: number }>(SIZE);
    await client.end();
    const { resources = 0, bytes = 0 } = rows[0] ?? {};
    sizes.push({ database, resources, bytesPerResource: Math.round(bytes / resources) });
  }
  return sizes;
}

type Environment = Record<string, string>;

async function databases(postgres: Postgres): Promise<Environment> {
  const environment: Environment = {};
  for (const service of RECORD_SERVICES) {
    const database = databaseOf(service);
    const urls = await provisionDatabase(postgres.adminUrl, database, (role) => `${role}-bench`);
    await migrate(service, urls.owner);
    environment[ingestSetting(service)] = urls.ingest;
    const pool = await createPool(urls.ingest, { max: 1 });
    const codes = [{ category: 'substance-use', codes: { [ICD]: CODES } }] as const;
    await setSensitiveCodes([pool], BENCH_TENANT, codes);
    await pool.end();
  }
  return environment;
}

async function writeInput(file: string, resources: number, seed: number): Promise<void> {
  const stream = createWriteStream(file);
  for (const line of lines(resources, seed)) if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  await finished(stream.end());
}

const peakOf = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

async function importing(file: string, environment: Environment, postgres: Postgres): Promise<Run> {
  const before = usage([postgres.process.pid ?? 0]);
  const startedAt = performance.now();
  const args = [IMPORT, '--tenant', BENCH_TENANT, '--json', '--rejects', `${file}.rejects`, file];
  const child = spawn(process.execPath, args, { env: { ...environment, PATH: '' } });
  let [out, peakMegabytes] = ['', 0];
  const after: Usage = new Map();
  child.stdout.on('data', (text) => (out += String(text)));
  const sampling = setInterval(() => {
    try {
      for (const [pid, used] of usage([process.pid, postgres.process.pid ?? 0])) after.set(pid, used);
      // A process that has ended and was not waited for yet has no peak.
      peakMegabytes = Math.max(peakMegabytes, peakOf(child.pid ?? 0));
    } catch {
      // The process has just ended.
    }
  }, SAMPLE_MS);
  const code = await new Promise((done) => child.once('close', done));
  clearInterval(sampling);
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0 && code !== 3) throw new Error(`the import ended with ${String(code)}`);
  const { created, updated, unchanged, rejected } = JSON.parse(out) as Record<string, number>;
  const resources = (created ?? 0) + (updated ?? 0) + (unchanged ?? 0);
  const cpu = cpuPerRequest(before, after, resources);
  return { resources, rejected: rejected ?? 0, seconds, cpu, peakMegabytes: Math.round(peakMegabytes) };
}

const cpuOf = (cpu: CpuMicroseconds, isWanted: (name: string) => boolean) =>
  Object.entries(cpu).reduce((sum, [name, each]) => sum + (isWanted(name) ? each : 0), 0);

function shown({ first, again, profilesChecked, inputMegabytes, sizes }: IngestResults): string {
  const row = (name: string, { resources, rejected, seconds, cpu, peakMegabytes }: Run) => [
    name,
    String(resources),
    String(rejected),
    (resources / seconds).toFixed(0),
    String(cpuOf(cpu, (of) => of === 'import')),
    String(cpuOf(cpu, (of) => of.startsWith('postgres'))),
    String(peakMegabytes),
  ];
  const head = [
    'ingest',
    'resources',
    'rejected',
    'resources/s',
    'CPU µs import',
    'CPU µs Postgres',
    'peak MB',
  ];
  const note = profilesChecked
    ? 'profiles checked'
    : 'profiles NOT checked: no packages beside the repository';
  const disk = markdownTable(
    ['database', 'resources', 'bytes on disk for each'],
    sizes.map(({ database, resources, bytesPerResource }) => [
      database,
      `${resources}`,
      `${bytesPerResource}`,
    ]),
  );
  return `${markdownTable(head, [row('first time', first), row('unchanged', again)])}\n${inputMegabytes} MB; ${note}\n\n${disk}`;
}

/** Measures one import process into the databases of three owners, whose commits reach the disk. */
export async function measureIngest({
  members,
  seed,
}: BenchOptions): Promise<{ results: IngestResults; shown: string }> {
  const directory = reachableTemporary('patient-access-bench-');
  const file = join(directory, 'population.ndjson');
  const postgres = await startPostgres({ dir: join(directory, 'postgres'), programs: measuredPostgres });
  try {
    const profilesChecked = existsSync(PACKAGES);
    const environment = await databases(postgres);
    if (profilesChecked) environment['FHIR_PACKAGES_DIR'] = PACKAGES;
    await writeInput(file, members * RESOURCES_PER_MEMBER, seed);
    const inputMegabytes = Math.round(readFileSync(file).length / 1e6);
    const first = await importing(file, environment, postgres);
    const sizes = await sizesOf(postgres);
    const again = await importing(file, environment, postgres);
    const results = { first, again, profilesChecked, inputMegabytes, sizes };
    return { results, shown: shown(results) };
  } finally {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
