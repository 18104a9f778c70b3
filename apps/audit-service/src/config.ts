import { FhirServiceConfig } from '@patient-access/fhir-store';
import { z } from 'zod';

/** All that this service is told. */
export const schema = FhirServiceConfig.extend({
  /** the ingest role on the same database: may append AuditEvents, which the service role may only read */
  INGEST_DATABASE_URL: z.string(),
  /** the auditor role on the same database: reads the trail of a whole tenant */
  AUDITOR_DATABASE_URL: z.string(),
});
