import { ServiceConfig } from '@patient-access/platform';
import { z } from 'zod';

/** All that this service is told. It has no database. */
export const schema = ServiceConfig.extend({
  AUTH_URL: z.url(),
  COVERAGE_URL: z.url(),
  CLAIMS_URL: z.url(),
  CLINICAL_URL: z.url(),
  AUDIT_URL: z.url(),
  /** of the client `fhir-gateway`, which introspects tokens */
  GATEWAY_CLIENT_SECRET: z.string().min(16),
  /** comma-separated addresses or CIDR ranges whose X-Forwarded-For is believed */
  TRUSTED_PROXIES: z.string().optional(),
  /** refusals of its own are counted and reported this often */
  DENIED_ATTEMPTS_SECONDS: z.coerce.number().positive().default(60),
  /** requests of one tenant that may be with one owner at the same time; four times as many may wait, for a second */
  TENANT_REQUESTS: z.coerce.number().int().positive().default(24),
  /** the same of one grant: what one app does for one member */
  GRANT_REQUESTS: z.coerce.number().int().positive().default(8),
});
