import { resolve } from 'node:path';
import { PROXIES_ARE_MISSING, saysProxies, ServiceConfig, TrustedProxies } from '@patient-access/platform';
import { z } from 'zod';

/** Made by the build, beside `dist`. */
const BUILT = resolve(import.meta.dirname, '../out-site');

const TENANT = /^[a-z0-9-]{1,63}$/;

/** The settings of developer-site. `PUBLIC_URL` is the address of the API, which its pages show. */
export const SiteSettings = ServiceConfig.extend({
  PREVIEW_PLANS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((plan) => plan !== ''))
    .refine((plans) => plans.every((plan) => TENANT.test(plan)), 'identifiers of plans, separated by commas')
    .meta({
      description:
        'identifiers of the plans at which anybody may register, separated by commas; the examples show the first one',
    }),
  AUTH_URL: z.url().meta({
    description: 'internal base URL of auth-service, which has the pages of developers’ accounts',
  }),
  SITE_DIRECTORY: z
    .string()
    .default(BUILT)
    .meta({ description: 'folder of the built pages', shownDefault: '`out-site` beside the program' }),
  TRUSTED_PROXIES: TrustedProxies.optional().meta({
    description: 'the proxies whose `X-Forwarded-For` is believed, as for the gateway (ADR 55)',
  }),
}).refine(saysProxies, PROXIES_ARE_MISSING);
