import { PROXIES_ARE_MISSING, saysProxies, TrustedProxies } from '@patient-access/platform';
import { HttpUrl, SchemeAndHost, secrets, ServiceConfig } from '@patient-access/platform/config';
import { DATA_SERVICES, type DataService, urlSetting } from '@patient-access/topology';
import { z } from 'zod';

/** Internal base URLs of the services with FHIR resources, each in a setting of its own: `CLAIMS_URL`. */
const DATA_SERVICE_URLS = Object.fromEntries(
  DATA_SERVICES.map((service) => [
    urlSetting(service),
    HttpUrl.meta({ description: `internal base URL of ${service}` }),
  ]),
) as Record<ReturnType<typeof urlSetting<DataService>>, z.ZodURL>;

/** All replicas together take as many (ADR 104). */
const quota = (requests: number, whose: string) =>
  z.coerce
    .number()
    .int()
    .positive()
    .default(requests)
    .meta({ description: `${whose}; counted for all replicas together`, unit: 'requests a minute' });

/** The settings of fhir-gateway. It has no database. */
export const GatewaySettings = ServiceConfig.extend({
  AUTH_URL: HttpUrl.meta({ description: 'internal base URL of auth-service' }),
  ...DATA_SERVICE_URLS,
  GATEWAY_CLIENT_SECRET: secrets(16).meta({
    description:
      'with which the gateway introspects tokens; the same in auth-service; 16 characters or more; of several, with commas between, the first is used',
  }),
  DEVELOPERS_URL: SchemeAndHost.optional().meta({
    description: 'scheme and host of the pages for app developers; without it there are none',
  }),
  SECURITY_CONTACT: z
    .url({ protocol: /^(?:https|mailto)$/ })
    .optional()
    .meta({
      description:
        'where weaknesses are reported, as `mailto:` or an https page; without it there is no security.txt',
    }),
  TRUSTED_PROXIES: TrustedProxies.optional().meta({
    description:
      'the proxies whose `X-Forwarded-For` is believed: addresses or CIDR ranges with commas between, or `none`; required where `PUBLIC_URL` is https (ADR 55)',
  }),
  TRACEPARENT_FROM: z.enum(['nobody', 'proxies']).default('nobody').meta({
    description:
      '`proxies`: the traces of `TRUSTED_PROXIES` go on, and they decide which are kept; only where they write `traceparent` themselves and pass on none from outside. `nobody`: traces begin here',
  }),
  DENIAL_REPORT_SECONDS: z.coerce
    .number()
    .positive()
    .default(60)
    .meta({ description: 'how often the gateway reports the refusals that it has counted', unit: 's' }),
  OWNER_REQUESTS: z.coerce.number().int().positive().default(16).meta({
    description:
      'that one owner may work on at the same time for one replica; the others wait at the gateway, where plans take turns',
    unit: 'requests',
  }),
  TENANT_REQUESTS: z.coerce.number().int().positive().default(12).meta({
    description:
      'of one plan that one owner may work on at the same time for one replica; eight times as many may wait, for a second',
    unit: 'requests',
  }),
  GRANT_REQUESTS: z.coerce.number().int().positive().default(8).meta({
    description:
      'of one grant, that is of one app for one member, that one owner may work on at the same time for one replica',
    unit: 'requests',
  }),
  QUOTA_GRANT: quota(6_000, 'of one app for one member; a plan may lower it'),
  QUOTA_APP: quota(60_000, 'of one app for all its members of a plan; a plan may lower it'),
  QUOTA_PLAN: quota(240_000, 'of all apps of a plan together; a plan may lower it'),
  QUOTA_ADDRESS: quota(60_000, 'of one network address, without a token or with one that is not valid'),
  QUOTA_PUBLISHED: quota(
    300,
    'of one network address, for what plans publish without a login: provider directories and formularies',
  ),
}).refine(saysProxies, PROXIES_ARE_MISSING);
