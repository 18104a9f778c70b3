/** The same questions about data of other authors, where it lies beside the project, imported into the preview. */
import { spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { PREVIEW_INGEST_FILE, previewIngestSettings } from '@patient-access/topology';
import { resourceName, type Served } from './supported.ts';

/** The examples of the guides. */
const FOLDERS = ['us-core-6.1.0', 'carin-bb-2.0.0', 'pdex-2.0.0'];
const PASSWORD = 'a password for data of other authors';
/** The import ended, and some resources were rejected. */
const EXIT_REJECTED = 3;

/** A member of the other data, and the login that was made for it. */
export interface OtherMember {
  login: string;
  password: string;
  patientId: string;
}

interface OtherData {
  members: OtherMember[];
  /** the resources as they are in the files, by name */
  sources: ReadonlyMap<string, Served>;
}

async function run(
  root: string,
  program: string[],
  env: Record<string, string>,
  input = '',
): Promise<number | null> {
  const child = spawn(process.execPath, program, { cwd: root, env, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  child.stdin.end(input);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  if (code !== 0 && code !== EXIT_REJECTED) throw new Error(`${program[0]}: ${said.trim().slice(0, 500)}`);
  return code;
}

type Source = Served & { entry?: { resource?: Source }[] };

/** The import reads the entries of Bundles as well. */
const withEntries = (resource: Source): Served[] =>
  resource.resourceType === 'Bundle'
    ? (resource.entry ?? []).flatMap((entry) => (entry.resource ? withEntries(entry.resource) : []))
    : [resource];

function sourcesIn(folders: readonly string[]): Map<string, Served> {
  const files = folders.flatMap((cwd) => globSync('*.json', { cwd }).map((name) => join(cwd, name)));
  const resources = files.flatMap((file) => withEntries(JSON.parse(readFileSync(file, 'utf8')) as Source));
  return new Map(resources.map((resource) => [resourceName(resource), resource]));
}

/**
 * Imports the data into a plan of a running preview, and makes a login for each of its members.
 *
 * @param directory of the preview
 * @returns undefined when there is no such data
 * @throws Error when the import fails; a rejected resource is no failure
 */
export async function importOtherData(
  root: string,
  directory: string,
  tenant: string,
): Promise<OtherData | undefined> {
  const folders = FOLDERS.map((name) => join(root, '../shared/data', name)).filter((folder) =>
    existsSync(folder),
  );
  if (folders.length === 0) return undefined;
  const ingest = previewIngestSettings(readFileSync(join(directory, PREVIEW_INGEST_FILE), 'utf8'));
  const rejects = await mkdtemp(join(tmpdir(), 'conformance-rejects-'));
  try {
    const rejected = join(rejects, 'rejected.ndjson');
    await run(root, ['tools/import/main.ts', '--tenant', tenant, '--rejects', rejected, ...folders], ingest);
  } finally {
    await rm(rejects, { recursive: true, force: true });
  }
  const sources = sourcesIn(folders);
  const patients = [...sources.values()].filter(({ resourceType }) => resourceType === 'Patient');
  const members = patients.map(({ id }, index) => ({
    login: `other-${index}`,
    password: PASSWORD,
    patientId: id,
  }));
  const settings = parseEnv(readFileSync(join(directory, 'auth.env'), 'utf8')) as Record<string, string>;
  for (const { login, patientId } of members) {
    const options = ['--tenant', tenant, '--login', login, '--password-stdin'];
    const account = ['account', 'create', ...options, '--member', `${patientId}:self:${login}`];
    await run(root, ['apps/auth-service/dist/admin.js', ...account], settings, PASSWORD);
  }
  return { members, sources };
}
