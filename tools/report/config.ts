import { readFileSync } from 'node:fs';
import { FurtherDatabases } from '@patient-access/fhir-store/ingest';
import { ConfigError, DatabaseUrl, loadConfig } from '@patient-access/platform/config';
import {
  furtherIngestSetting,
  ingestSetting,
  RECORD_SERVICES,
  type RecordService,
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
function ofPreview(file: string): Record<string, string> {
  try {
    const urls = JSON.parse(readFileSync(file, 'utf8')) as Record<RecordService, string>;
    return Object.fromEntries(RECORD_SERVICES.map((service) => [ingestSetting(service), urls[service]]));
  } catch {
    return {};
  }
}

function load<Schema extends z.ZodType>(schema: Schema, previewFile: string): Readonly<z.infer<Schema>> {
  try {
    return loadConfig(schema, { ...ofPreview(previewFile), ...process.env });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message} (or start the preview: npm start)`);
  }
}

/** @throws ConfigError with one line */
export const cmsConfig = (previewFile: string) => load(Cms, previewFile);
/** @throws ConfigError with one line */
export const priorAuthorizationConfig = (previewFile: string) => load(PriorAuthorization, previewFile);
