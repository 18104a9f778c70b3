import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import type { Owner } from '@patient-access/fhir';
import { ConfigError, loadConfig } from '@patient-access/platform';
import { z } from 'zod';
import type { Stores } from './store/input.ts';

const SETTING_OF = {
  'coverage-service': 'COVERAGE_INGEST_URL',
  'claims-service': 'CLAIMS_INGEST_URL',
  'clinical-service': 'CLINICAL_INGEST_URL',
} as const satisfies Partial<Record<Owner, string>>;

type ImportingOwner = keyof typeof SETTING_OF;

const PREVIEW_FILE = resolve(import.meta.dirname, '../../.local/ingest.json');
/** One batch at a time goes to an owner; a batch of large resources takes the database a while. */
const POOL = { ...COMMAND, max: 1 };

/** Connection URLs of the ingest roles. */
export type IngestUrls = Readonly<Record<ImportingOwner, string>>;

const url = z.url({ protocol: /^postgres(ql)?$/ });
const Environment = z.object({
  COVERAGE_INGEST_URL: url.optional(),
  CLAIMS_INGEST_URL: url.optional(),
  CLINICAL_INGEST_URL: url.optional(),
});
const PreviewFile = z.object({ 'coverage-service': url, 'claims-service': url, 'clinical-service': url });

function ofPreview(file: string): IngestUrls {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    const settings = Object.values(SETTING_OF).join(', ');
    throw new ConfigError(`no database to import into: start the preview (npm start), or set ${settings}`);
  }
  try {
    return PreviewFile.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(`${file} does not hold the databases of the preview`);
  }
}

/**
 * Finds the databases to import into: those of the environment, or else those of the running preview.
 *
 * @param previewFile where the preview notes its own
 * @throws ConfigError in one line
 */
export function ingestUrls(previewFile: string, env: NodeJS.ProcessEnv = process.env): IngestUrls {
  const settings = loadConfig(Environment, env);
  const found = Object.entries(SETTING_OF).map(([owner, name]) => [owner, settings[name]] as const);
  const missing = found.filter(([, value]) => value === undefined);
  if (missing.length === found.length) return ofPreview(previewFile);
  if (missing.length > 0) {
    const names = missing.map(([owner]) => SETTING_OF[owner as ImportingOwner]);
    throw new ConfigError(`wrong configuration: ${names.join(', ')} missing beside the others`);
  }
  return Object.fromEntries(found) as IngestUrls;
}

/**
 * Opens the databases to import into; whoever opens them ends them.
 *
 * @throws ConfigError in one line
 */
export async function openStores(): Promise<Stores> {
  const opened: [Owner, Pool][] = [];
  try {
    for (const [owner, url] of Object.entries(ingestUrls(PREVIEW_FILE)))
      opened.push([owner as Owner, await createPool(url, POOL)]);
    return new Map(opened);
  } catch (error) {
    await Promise.all(opened.map(([, pool]) => pool.end()));
    throw error;
  }
}

const Packages = z.object({ FHIR_PACKAGES_DIR: z.string().min(1).optional() });

/** @returns the folder of FHIR packages to check profiles by, if there is to be such a check */
export function packagesFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return loadConfig(Packages, env).FHIR_PACKAGES_DIR;
}
