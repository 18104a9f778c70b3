/** coverage-service: serves Patient, Coverage and whatever says who is covered by what. */
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { schema } from './config.ts';

await runService({
  name: 'coverage-service',
  schema,
  module: (config, logger) => fhirServiceModule('coverage-service', config, logger),
  configure: acceptTextBodies,
});
