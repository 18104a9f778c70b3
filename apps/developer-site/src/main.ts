/** developer-site: the pages for app developers, on an origin of their own. It serves nothing about any member. */
import { runService } from '@patient-access/platform';
import { SiteSettings } from './config.ts';
import { takeForms } from './account/account.controller.ts';
import { protectPages, siteServer } from './headers.ts';
import { siteModule } from './site.module.ts';

await runService({
  name: 'developer-site',
  schema: SiteSettings,
  server: siteServer,
  module: siteModule,
  configure: async (app, { PUBLIC_URL }) => {
    protectPages(app, PUBLIC_URL);
    takeForms(app);
  },
});
