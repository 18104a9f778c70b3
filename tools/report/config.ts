import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
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

const Preview = z.object({
  /** where the preview keeps its data, as `npm start` was told */
  LOCAL_DIR: z.string().default(resolve(import.meta.dirname, '../../.local')),
});

/** @returns the databases that `npm start` has noted, under the names of the settings */
function ofPreview(): Record<string, string> {
  const { LOCAL_DIR } = loadConfig(Preview, process.env);
  try {
    const urls = JSON.parse(readFileSync(resolve(LOCAL_DIR, 'ingest.json'), 'utf8')) as Record<
      RecordService,
      string
    >;
    return Object.fromEntries(RECORD_SERVICES.map((service) => [ingestSetting(service), urls[service]]));
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
