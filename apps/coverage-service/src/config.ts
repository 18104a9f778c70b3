import { FhirServiceConfig } from '@patient-access/fhir-store';
import { z } from 'zod';

/** All that this service is told. */
export const coverageConfig = FhirServiceConfig.extend({
  /** the ingest role on the same database: adds Consents, as imports add all else */
  INGEST_DATABASE_URL: z.string(),
});
