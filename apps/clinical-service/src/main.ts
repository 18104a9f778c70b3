/** clinical-service: serves clinical data, and the directory to which it refers. */
import { whyDatabaseIsAway } from '@patient-access/database';
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { clinicalConfig } from './config.ts';

await runService({
  name: 'clinical-service',
  schema: clinicalConfig,
  needs: ({ DATABASE_URL }) => ({ database: () => whyDatabaseIsAway(DATABASE_URL) }),
  module: (config, logger) => fhirServiceModule('clinical-service', config, logger),
  configure: (app) => acceptTextBodies(app),
});
