/** auth-service: the SMART on FHIR authorization server of every tenant. */
import { runService } from '@patient-access/platform';
import { AuthConfig } from './config.ts';
import { authModule } from './module.ts';
import { registerRoutes } from './provider/routes/register-routes.ts';

await runService({
  name: 'auth-service',
  schema: AuthConfig,
  module: authModule,
  configure: registerRoutes,
});
