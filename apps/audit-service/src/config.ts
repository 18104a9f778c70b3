import { FhirServiceConfig } from '@patient-access/fhir-store';
import { loadConfig } from '@patient-access/platform';
import { z } from 'zod';

/** What a command about deliveries needs: no HTTP. */
const DeliveryConfig = z.object({
  /** the ingest role on the same database: may append AuditEvents, which the service role may only read */
  INGEST_DATABASE_URL: z.string(),
  EVENT_SECRET: FhirServiceConfig.shape.EVENT_SECRET,
});

/** All that this service is told. */
export const schema = FhirServiceConfig.extend({
  ...DeliveryConfig.shape,
  /** the auditor role on the same database: reads the trail of a whole tenant */
  AUDITOR_DATABASE_URL: z.string(),
});

/** @throws ConfigError naming every setting that is missing or wrong */
export const loadDeliveryConfig = () => loadConfig(DeliveryConfig, process.env);
