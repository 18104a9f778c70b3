/**
 * developer-site: the pages for app developers; and the test client and the viewer of cards, on another origin. It
 * serves nothing about any member.
 */
import { runService } from '@patient-access/platform';
import { SiteSettings } from './config.ts';
import { takeForms } from './account/account.controller.ts';
import { protectPages, siteServer } from './headers.ts';
import { siteModule } from './site.module.ts';
import { TestClientPort } from './test-client/test-client-port.ts';

await runService({
  name: 'developer-site',
  schema: SiteSettings,
  server: siteServer,
  tracing: () => ({ believes: () => false }),
  module: siteModule,
  configure: async (app, { PUBLIC_URL, HOST, TEST_CLIENT_PORT }) => {
    protectPages(app, PUBLIC_URL);
    takeForms(app);
    const port = app.get(TestClientPort);
    if (port.hasFiles) await port.listen(app, HOST, TEST_CLIENT_PORT);
  },
});
