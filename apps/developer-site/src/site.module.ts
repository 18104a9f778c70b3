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
import { SITE_OF, SiteController, type SiteOf } from './site.controller.ts';
import { loadTestClient } from './test-client/load-test-client.ts';
import { TestClientPort } from './test-client/test-client-port.ts';

type Settings = Readonly<z.infer<typeof SiteSettings>>;

function sites(config: Settings): { port: TestClientPort; siteOf: SiteOf } {
  const { PUBLIC_URL: publicUrl, PREVIEW_PLANS: plans, TEST_CLIENT_URL: testClientUrl } = config;
  const pages = loadSite(config.SITE_DIRECTORY, { publicUrl, plans, testClientUrl });
  if (testClientUrl === undefined) return { port: new TestClientPort([]), siteOf: () => pages };
  const testClient = loadTestClient(config.TEST_CLIENT_DIRECTORY, publicUrl, config.TEST_CLIENT_PLANS);
  const port = new TestClientPort(testClient.files.keys());
  return { port, siteOf: ({ raw }) => (port.isFrom(raw) ? testClient : pages) };
}

/** The one module of the site. Nothing in it knows a credential, so it has no guard: auth-service has one. */
export function siteModule(config: Settings, logger: Logger): DynamicModule {
  class SiteModule {}
  const metrics = new Metrics();
  const { port, siteOf } = sites(config);
  return {
    module: SiteModule,
    controllers: [HealthController, AccountController, SiteController],
    providers: [
      { provide: TestClientPort, useValue: port },
      { provide: SITE_OF, useValue: siteOf },
      { provide: AUTH_URL, useValue: config.AUTH_URL },
      { provide: METRICS, useValue: metrics },
      { provide: ATTEMPT_RULES, useValue: siteAttempts(metrics) },
      { provide: READINESS, useValue: {} },
      { provide: APP_FILTER, useValue: new OutcomeFilter(logger, config.PUBLIC_URL) },
    ],
  };
}
