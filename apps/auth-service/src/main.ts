/** auth-service: the SMART on FHIR authorization server of every tenant. */
import { whyDatabaseIsAway } from '@patient-access/database';
import { runService } from '@patient-access/platform';
import { AuthConfig } from './config.ts';
import { authModule } from './module.ts';
import { registerRoutes } from './provider/routes/register-routes.ts';

await runService({
  name: 'auth-service',
  schema: AuthConfig,
  needs: ({ DATABASE_URL }) => ({ database: () => whyDatabaseIsAway(DATABASE_URL) }),
  module: authModule,
  configure: registerRoutes,
});
