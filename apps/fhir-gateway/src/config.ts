import { isIP } from 'node:net';
import { SchemeAndHost, ServiceConfig } from '@patient-access/platform';
import { DATA_SERVICES, type DataService, urlSetting } from '@patient-access/topology';
import { z } from 'zod';

/** Internal base URLs of the services with FHIR resources, each in a setting of its own: `CLAIMS_URL`. */
const DATA_SERVICE_URLS = Object.fromEntries(
  DATA_SERVICES.map((service) => [urlSetting(service), z.url()]),
) as Record<ReturnType<typeof urlSetting<DataService>>, z.ZodURL>;

const NO_PROXIES = 'none';
const ADDRESS_OR_RANGE = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i;

/** A range of all addresses would believe anybody. */
function isProxyRange(text: string): boolean {
  const [, address = '', bits] = ADDRESS_OR_RANGE.exec(text.trim()) ?? [];
  const most = { 4: 32, 6: 128 }[isIP(address)];
  return most !== undefined && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= most));
}

/** Comma-separated addresses or CIDR ranges, or `none`. @returns false where no proxy is believed */
const TrustedProxies = z
  .string()
  .refine(
    (text) => text === NO_PROXIES || text.split(',').every(isProxyRange),
    `addresses or CIDR ranges, separated by commas, or "${NO_PROXIES}"`,
  )
  .transform((text) => (text === NO_PROXIES ? false : text));

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
}).refine(
  ({ PUBLIC_URL, TRUSTED_PROXIES }) => !PUBLIC_URL.startsWith('https:') || TRUSTED_PROXIES !== undefined,
  {
    path: ['TRUSTED_PROXIES'],
    message: `has to be set where PUBLIC_URL is https: the addresses of the proxies that end TLS, or "${NO_PROXIES}"`,
  },
);
