import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { COMMAND, type Pool } from '@patient-access/database';
import type { Owner } from '@patient-access/fhir';
import { type AddedWords, FurtherDatabases, PlanPools } from '@patient-access/fhir-store/ingest';
import { ConfigError, DatabaseUrl, loadConfig, SchemeAndHost } from '@patient-access/platform/config';
import {
  furtherIngestSetting,
  ingestSetting,
  PREVIEW_FILE,
  PREVIEW_INGEST_FILE,
  PreviewFolder,
  RECORD_SERVICES,
  type RecordService,
} from '@patient-access/topology';
import { z } from 'zod';
import { ShippedDisplays } from './displays/shipped.ts';
import type { InstallationAddress } from './guides/statement.ts';
import type { Stores } from './store/input.ts';

/**
 * One connection for each owner. Each owner stores one batch at a time, and a batch may need a connection to every
 * owner's database. With fewer connections, two batches could wait for each other's connections. One more is for questions
 * about what comes next.
 */
export const IMPORT_POOL = { ...COMMAND, max: RECORD_SERVICES.length + 1 };

/** Connection URLs of the ingest roles. */
export type IngestUrls = Readonly<Record<RecordService, string>>;

const url = DatabaseUrl;
const SETTINGS = RECORD_SERVICES.map(ingestSetting);
const Environment = z.object(
  Object.fromEntries(SETTINGS.map((name) => [name, url.optional()])) as Record<
    (typeof SETTINGS)[number],
    z.ZodOptional<typeof url>
  >,
);
const PreviewFile = z.record(z.enum(RECORD_SERVICES), url);

/** @returns a file that the preview writes, in its folder @throws ConfigError with one line */
const previewFile = (name: string, env: NodeJS.ProcessEnv): string =>
  resolve(loadConfig(PreviewFolder, env).LOCAL_DIR, name);

function ofPreview(env: NodeJS.ProcessEnv): IngestUrls {
  const file = previewFile(PREVIEW_INGEST_FILE, env);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(
      `no database to import into: start the preview (npm start), or set ${SETTINGS.join(', ')}`,
    );
  }
  try {
    return PreviewFile.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(`${file} does not hold the databases of the preview`);
  }
}

/**
 * Finds the databases to import into: those in the environment, otherwise those of the running preview.
 *
 * @throws ConfigError with one line
 */
export function ingestUrls(env: NodeJS.ProcessEnv = process.env): IngestUrls {
  const settings = loadConfig(Environment, env);
  const missing = SETTINGS.filter((name) => settings[name] === undefined);
  if (missing.length === SETTINGS.length) return ofPreview(env);
  if (missing.length > 0)
    throw new ConfigError(`wrong configuration: ${missing.join(', ')} missing beside the others`);
  return Object.fromEntries(
    RECORD_SERVICES.map((service) => [service, settings[ingestSetting(service)]]),
  ) as IngestUrls;
}

const FURTHER_SETTINGS = RECORD_SERVICES.map(furtherIngestSetting);
const Further = z.object(
  Object.fromEntries(FURTHER_SETTINGS.map((name) => [name, FurtherDatabases])) as Record<
    (typeof FURTHER_SETTINGS)[number],
    typeof FurtherDatabases
  >,
);

/** @returns all databases of one owner, each opened when it is asked for @throws ConfigError with one line */
export function databasesOf(owner: RecordService, env: NodeJS.ProcessEnv = process.env): PlanPools {
  const further = loadConfig(Further, env)[furtherIngestSetting(owner)];
  return new PlanPools(ingestUrls(env)[owner], further, IMPORT_POOL);
}

/** The databases of a command, which end with it. */
class OpenStores extends Map<Owner, Pool> implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.values()].map((pool) => pool.end()));
  }
}

/**
 * Opens the databases that have a plan now, one of each owner: `await using stores = await openStores(tenant)`.
 *
 * @param tenant the plan, or what it publishes
 * @throws ConfigError with one line
 */
export async function openStores(tenant: string): Promise<Stores & AsyncDisposable> {
  const stores = new OpenStores();
  try {
    for (const owner of RECORD_SERVICES) stores.set(owner, await databasesOf(owner).only(tenant));
    return stores;
  } catch (error) {
    await stores[Symbol.asyncDispose]();
    throw error;
  }
}

const Public = z.object({ PUBLIC_URL: SchemeAndHost.optional(), GATEWAY_URL: SchemeAndHost.optional() });
const PreviewDescription = z.object({ publicUrl: z.string() });

/**
 * @returns where each plan says which guides it has chosen: at PUBLIC_URL, the address that clients see, or for who cannot reach
 * that at GATEWAY_URL; at the running preview where its databases are used; undefined: no address is known
 * @throws ConfigError with one line
 */
export function installationAddress(env: NodeJS.ProcessEnv = process.env): InstallationAddress | undefined {
  const { PUBLIC_URL: publicUrl, GATEWAY_URL: gatewayUrl } = loadConfig(Public, env);
  const databases = loadConfig(Environment, env);
  if (publicUrl !== undefined) return { publicUrl, ...(gatewayUrl !== undefined && { gatewayUrl }) };
  if (gatewayUrl !== undefined) throw new ConfigError('wrong configuration: GATEWAY_URL without PUBLIC_URL');
  if (SETTINGS.some((name) => databases[name] !== undefined)) return undefined;
  try {
    const described: unknown = JSON.parse(readFileSync(previewFile(PREVIEW_FILE, env), 'utf8'));
    return { ...PreviewDescription.parse(described), isPreview: true };
  } catch {
    return undefined;
  }
}

const Packages = z.object({ FHIR_PACKAGES_DIR: z.string().min(1).optional() });

/** @returns the folder of FHIR packages for checking profiles; undefined when profiles are not checked */
export function packagesFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return loadConfig(Packages, env).FHIR_PACKAGES_DIR;
}

const Appeals = z.object({ APPEAL_DAYS: z.coerce.number().int().min(1).max(730).optional() });

/**
 * What the import adds for readers. `APPEAL_DAYS` says how long a member may appeal, which differs between plans: 180
 * days for group health plans (29 CFR 2560.503-1(h)), 65 in Medicare Advantage (42 CFR 422.582).
 */
export function importedWords(env: NodeJS.ProcessEnv = process.env): AddedWords {
  const { APPEAL_DAYS: appealDays } = loadConfig(Appeals, env);
  return { displays: new ShippedDisplays(), ...(appealDays !== undefined && { appealDays }) };
}
