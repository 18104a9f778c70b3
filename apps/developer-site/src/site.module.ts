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
import { NO_CONTENT_POLICY } from './pages/content-policy.ts';
import { loadSite } from './pages/load-site.ts';
import { SITE_OF, SiteController, type SiteOf } from './site.controller.ts';
import { type SiteFile, siteFile } from './pages/site-file.ts';
import { loadCardViewer } from './test-client/load-card-viewer.ts';
import { loadTestClient } from './test-client/load-test-client.ts';
import { TestClientPort } from './test-client/test-client-port.ts';

type Settings = Readonly<z.infer<typeof SiteSettings>>;

/** The test client and the viewer of cards, as far as this installation has them. */
function appFiles(config: Settings): Map<string, SiteFile> {
  const { PUBLIC_URL: publicUrl, TEST_CLIENT_URL: testClient, CARD_VIEWER_URL: viewer } = config;
  return new Map([
    ...(testClient === undefined
      ? []
      : loadTestClient(config.TEST_CLIENT_DIRECTORY, publicUrl, config.TEST_CLIENT_PLANS)),
    ...(viewer === undefined ? [] : loadCardViewer(config.CARD_VIEWER_DIRECTORY, publicUrl)),
  ]);
}

function sites(config: Settings): { port: TestClientPort; siteOf: SiteOf } {
  const { PUBLIC_URL: publicUrl, PREVIEW_PLANS: plans, TEST_CLIENT_URL: testClientUrl } = config;
  const pages = loadSite(config.SITE_DIRECTORY, { publicUrl, plans, testClientUrl });
  const files = appFiles(config);
  const missing = siteFile('/404.txt', 'There is no such page.\n', {
    isFixed: false,
    pagePolicy: () => NO_CONTENT_POLICY,
  });
  const port = new TestClientPort(files.keys());
  return { port, siteOf: ({ raw }) => (port.isFrom(raw) ? { files, missing } : pages) };
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
