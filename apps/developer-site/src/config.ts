import { resolve } from 'node:path';
import { PROXIES_ARE_MISSING, saysProxies, TrustedProxies } from '@patient-access/platform';
import { hasOwnHost, HttpUrl, SchemeAndHost, ServiceConfig } from '@patient-access/platform/config';
import { z } from 'zod';
import { TestClientPlan } from './test-client/test-client-plan.ts';

/** Made by the build, beside `dist`. */
const BUILT = resolve(import.meta.dirname, '../out-site');
const BUILT_APP = resolve(import.meta.dirname, '../../sample-app/out-app');
const BUILT_VIEWER = resolve(import.meta.dirname, '../../card-viewer/out-app');

const TENANT = /^[a-z0-9-]{1,63}$/;

function parsedJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('JSON');
    return z.NEVER;
  }
}

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
  AUTH_URL: HttpUrl.meta({
    description: 'internal base URL of auth-service, which has the pages of developers’ accounts',
  }),
  SITE_DIRECTORY: z
    .string()
    .default(BUILT)
    .meta({ description: 'folder of the built pages', shownDefault: '`out-site` beside the program' }),
  TRUSTED_PROXIES: TrustedProxies.optional().meta({
    description: 'the proxies whose `X-Forwarded-For` is believed, as for the gateway (ADR 55)',
  }),
  TEST_CLIENT_URL: SchemeAndHost.optional().meta({
    description: 'scheme and host of the test client, on a host of its own; left out: there is none',
  }),
  TEST_CLIENT_PORT: z.coerce.number().int().min(0).max(65_535).default(8_081).meta({
    description: 'where the test client and the viewer of cards listen, on `HOST`',
    unit: 'TCP port',
  }),
  TEST_CLIENT_PLANS: z
    .string()
    .default('[]')
    .transform(parsedJson)
    .pipe(z.array(TestClientPlan))
    .meta({ description: 'the preview plans at which the test client is registered, as JSON' }),
  TEST_CLIENT_DIRECTORY: z
    .string()
    .default(BUILT_APP)
    .meta({ description: 'folder of the built sample app', shownDefault: '`out-app` of the sample app' }),
  CARD_VIEWER_URL: SchemeAndHost.optional().meta({
    description:
      'scheme and host of the viewer of card links, which is `/card` there; it may be that of the test client, and never that of `PUBLIC_URL`; left out: there is none',
  }),
  CARD_VIEWER_DIRECTORY: z
    .string()
    .default(BUILT_VIEWER)
    .meta({ description: 'folder of the built viewer of cards', shownDefault: '`out-app` of the viewer' }),
})
  .refine(saysProxies, PROXIES_ARE_MISSING)
  .refine(({ CARD_VIEWER_URL, PUBLIC_URL }) => hasOwnHost(CARD_VIEWER_URL, PUBLIC_URL), {
    path: ['CARD_VIEWER_URL'],
    message: 'has the host of PUBLIC_URL',
  })
  .refine(
    ({ PREVIEW_PLANS, TEST_CLIENT_PLANS }) => TEST_CLIENT_PLANS.every(({ id }) => PREVIEW_PLANS.includes(id)),
    { path: ['TEST_CLIENT_PLANS'], message: 'names a plan that is not among PREVIEW_PLANS' },
  );
