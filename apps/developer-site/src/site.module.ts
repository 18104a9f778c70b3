import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  ATTEMPT_RULES,
  HealthController,
  type Logger,
  METRICS,
  Metrics,
  OutcomeFilter,
  READINESS,
} from '@patient-access/platform';
import type { z } from 'zod';
import { AccountController, AUTH_URL } from './account/account.controller.ts';
import { siteAttempts } from './attempts.ts';
import type { SiteSettings } from './config.ts';
import { loadSite } from './pages/load-site.ts';
import { SITE, SiteController } from './site.controller.ts';

/** The one module of the site. Nothing in it knows a credential, so it has no guard: auth-service has one. */
export function siteModule(
  { PUBLIC_URL, PREVIEW_PLANS, SITE_DIRECTORY, AUTH_URL: authUrl }: Readonly<z.infer<typeof SiteSettings>>,
  logger: Logger,
): DynamicModule {
  class SiteModule {}
  const metrics = new Metrics();
  const site = loadSite(SITE_DIRECTORY, { publicUrl: PUBLIC_URL, plans: PREVIEW_PLANS });
  return {
    module: SiteModule,
    controllers: [HealthController, AccountController, SiteController],
    providers: [
      { provide: SITE, useValue: site },
      { provide: AUTH_URL, useValue: authUrl },
      { provide: METRICS, useValue: metrics },
      { provide: ATTEMPT_RULES, useValue: siteAttempts(metrics) },
      { provide: READINESS, useValue: {} },
      { provide: APP_FILTER, useValue: new OutcomeFilter(logger, PUBLIC_URL) },
    ],
  };
}
