import { OutboxConfig } from '@patient-access/outbox';
import { ServiceConfig } from '@patient-access/platform';
import { z } from 'zod';

/** Settings of every service that serves FHIR resources. */
export const FhirServiceConfig = ServiceConfig.extend({
  /** the service role on the owner's database */
  DATABASE_URL: z.string(),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(8),
  /** internal base URL of auth-service */
  AUTH_URL: z.url(),
  /** Seals paging cursors. It has to be the same on every replica. */
  CURSOR_SECRET: z.string().min(32),
  ...OutboxConfig.shape,
});
export type FhirServiceConfig = z.infer<typeof FhirServiceConfig>;
