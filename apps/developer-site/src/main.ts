/** developer-site: the pages for app developers, on an origin of their own. It serves nothing about anybody. */
import { runService } from '@patient-access/platform';
import { SiteSettings } from './config.ts';
import { protectPages } from './headers.ts';
import { siteModule } from './site.module.ts';

await runService({
  name: 'developer-site',
  schema: SiteSettings,
  module: siteModule,
  configure: async (app, { PUBLIC_URL }) => protectPages(app, PUBLIC_URL),
});
