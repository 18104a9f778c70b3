import {
  PROXIES_ARE_MISSING,
  saysProxies,
  SchemeAndHost,
  ServiceConfig,
  TrustedProxies,
} from '@patient-access/platform';
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
  /** scheme and host of the pages for app developers; left out: there are none */
  DEVELOPERS_URL: SchemeAndHost.optional(),
  /** where weaknesses are reported, as `mailto:` or an https page; left out: there is no security.txt */
  SECURITY_CONTACT: z.url({ protocol: /^(?:https|mailto)$/ }).optional(),
  /** the proxies whose X-Forwarded-For is believed; where clients come by https it has to be said (ADR 55) */
  TRUSTED_PROXIES: TrustedProxies.optional(),
  /** how often the gateway reports the refusals that it has counted */
  DENIAL_REPORT_SECONDS: z.coerce.number().positive().default(60),
  /**
   * how many requests of one tenant one owner may work on at the same time; four times as many may wait, for a second
   */
  TENANT_REQUESTS: z.coerce.number().int().positive().default(24),
  /** the same for one grant, that is for one app and one member */
  GRANT_REQUESTS: z.coerce.number().int().positive().default(8),
}).refine(saysProxies, PROXIES_ARE_MISSING);
