import { ServiceConfig } from '@patient-access/platform';
import { DATA_SERVICES, type DataService, urlSetting } from '@patient-access/topology';
import { z } from 'zod';

/** Internal base URLs of the services with FHIR resources, each in a setting of its own: `CLAIMS_URL`. */
const DATA_SERVICE_URLS = Object.fromEntries(
  DATA_SERVICES.map((service) => [urlSetting(service), z.url()]),
) as Record<ReturnType<typeof urlSetting<DataService>>, z.ZodURL>;

/** The settings of fhir-gateway. It has no database. */
export const GatewaySettings = ServiceConfig.extend({
  AUTH_URL: z.url(),
  ...DATA_SERVICE_URLS,
  /** client secret of `fhir-gateway`, which introspects tokens */
  GATEWAY_CLIENT_SECRET: z.string().min(16),
  /** comma-separated addresses or CIDR ranges of proxies whose X-Forwarded-For is trusted */
  TRUSTED_PROXIES: z.string().optional(),
  /** how often the gateway reports the refusals that it has counted */
  DENIAL_REPORT_SECONDS: z.coerce.number().positive().default(60),
  /**
   * how many requests of one tenant one owner may work on at the same time; four times as many may wait, for a second
   */
  TENANT_REQUESTS: z.coerce.number().int().positive().default(24),
  /** the same for one grant, that is for one app and one member */
  GRANT_REQUESTS: z.coerce.number().int().positive().default(8),
});
