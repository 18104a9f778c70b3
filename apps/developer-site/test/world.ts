/** The developer site in this process, with the pages of the build. */
import { createLogger, createService, METRICS, type Metrics } from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import { SiteSettings } from '../src/config.ts';
import { protectPages, siteServer } from '../src/headers.ts';
import { takeForms } from '../src/account/account.controller.ts';
import { siteModule } from '../src/site.module.ts';
import { TestClientPort } from '../src/test-client/test-client-port.ts';

export const API_URL = 'https://api.northwind-health.example';

export async function startSite(settings: Record<string, string> = {}) {
  const config = loadConfig(SiteSettings, {
    PORT: '1',
    PUBLIC_URL: API_URL,
    PREVIEW_PLANS: 'lakeside,hillside',
    AUTH_URL: 'http://127.0.0.1:9',
    TRUSTED_PROXIES: '127.0.0.1',
    ...settings,
  });
  const logger = createLogger('developer-site', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const app = await createService(siteModule(config, logger), logger, {
    publicUrl: config.PUBLIC_URL,
    server: siteServer(config),
  });
  protectPages(app, config.PUBLIC_URL);
  takeForms(app);
  const port = app.get(TestClientPort);
  const testClient = port.hasFiles ? await port.listen(app, '127.0.0.1', 0) : undefined;
  await app.listen(0, '127.0.0.1');
  const metrics = () => app.get<Metrics>(METRICS, { strict: false }).render();
  const testClientUrl = `http://127.0.0.1:${testClient}`;
  return { url: await app.getUrl(), testClientUrl, metrics, stop: () => app.close() };
}
