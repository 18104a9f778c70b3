/** clinical-service: serves clinical data, and the directory to which it refers. */
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { clinicalConfig } from './config.ts';

await runService({
  name: 'clinical-service',
  schema: clinicalConfig,
  module: (config, logger) => fhirServiceModule('clinical-service', config, logger),
  configure: acceptTextBodies,
});
