import { ServiceConfig } from '@patient-access/platform';
import { DATA_SERVICES, type DataService, urlSetting } from '@patient-access/topology';
import { z } from 'zod';

/** Internal base URLs of the services with FHIR resources, each under its own name: `CLAIMS_URL`. */
const DATA_SERVICE_URLS = Object.fromEntries(
  DATA_SERVICES.map((service) => [urlSetting(service), z.url()]),
) as Record<ReturnType<typeof urlSetting<DataService>>, z.ZodURL>;

/** The settings of fhir-gateway. It has no database. */
export const GatewaySettings = ServiceConfig.extend({
  AUTH_URL: z.url(),
  ...DATA_SERVICE_URLS,
  /** of the client `fhir-gateway`, which introspects tokens */
  GATEWAY_CLIENT_SECRET: z.string().min(16),
  /** comma-separated addresses or CIDR ranges whose X-Forwarded-For is believed */
  TRUSTED_PROXIES: z.string().optional(),
  /** how often the gateway reports the refusals that it has counted */
  DENIAL_REPORT_SECONDS: z.coerce.number().positive().default(60),
  /** how many requests of one tenant may be with one owner at the same time; four times as many may wait, for a second */
  TENANT_REQUESTS: z.coerce.number().int().positive().default(24),
  /** the same of one grant: what one app does for one member */
  GRANT_REQUESTS: z.coerce.number().int().positive().default(8),
});
