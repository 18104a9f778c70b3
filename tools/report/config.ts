import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FurtherDatabases } from '@patient-access/fhir-store/ingest';
import { ConfigError, DatabaseUrl, loadConfig } from '@patient-access/platform/config';
import {
  furtherIngestSetting,
  ingestSetting,
  PREVIEW_INGEST_FILE,
  PreviewFolder,
  previewIngestSettings,
} from '@patient-access/topology';
import { z } from 'zod';

const url = DatabaseUrl;
const Cms = z.object({
  /** URL of the auditor role on audit-service's database */
  AUDITOR_DATABASE_URL: url,
  /** URL of the ingest role on coverage-service's database, which sees a whole tenant; it is only read */
  [ingestSetting('coverage-service')]: url,
  /** of the same role, for plans that have moved */
  [furtherIngestSetting('coverage-service')]: FurtherDatabases,
});
const PriorAuthorization = z.object({
  /** URL of the ingest role on claims-service's database; it is only read */
  [ingestSetting('claims-service')]: url,
  /** of the same role, for plans that have moved */
  [furtherIngestSetting('claims-service')]: FurtherDatabases,
});

/** @returns the databases that `npm start` has noted, under the names of the settings */
function ofPreview(): Record<string, string> {
  const { LOCAL_DIR } = loadConfig(PreviewFolder, process.env);
  try {
    return previewIngestSettings(readFileSync(join(LOCAL_DIR, PREVIEW_INGEST_FILE), 'utf8'));
  } catch {
    return {};
  }
}

function load<Schema extends z.ZodType>(schema: Schema): Readonly<z.infer<Schema>> {
  try {
    return loadConfig(schema, { ...ofPreview(), ...process.env });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message} (or start the preview: npm start)`);
  }
}

/** @throws ConfigError with one line */
export const cmsConfig = () => load(Cms);
/** @throws ConfigError with one line */
export const priorAuthorizationConfig = () => load(PriorAuthorization);
