import { readFileSync } from 'node:fs';
import { ConfigError, loadConfig } from '@patient-access/platform';
import { ingestSetting, RECORD_SERVICES, type RecordService } from '@patient-access/topology';
import { z } from 'zod';

const url = z.url({ protocol: /^postgres(ql)?$/ });
const Cms = z.object({
  /** the auditor role on audit-service's database */
  AUDITOR_DATABASE_URL: url,
  /** the ingest role on coverage-service's database, which sees a whole tenant; only read from */
  [ingestSetting('coverage-service')]: url,
});
const PriorAuthorization = z.object({
  /** the ingest role on claims-service's database; only read from */
  [ingestSetting('claims-service')]: url,
});

/** What `npm start` notes of its databases, under the names that this is told otherwise. */
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

/** @throws ConfigError in one line */
export const cmsConfig = (previewFile: string) => load(Cms, previewFile);
/** @throws ConfigError in one line */
export const priorAuthorizationConfig = (previewFile: string) => load(PriorAuthorization, previewFile);
