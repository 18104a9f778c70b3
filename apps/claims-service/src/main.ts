/**
 * claims-service: serves ExplanationOfBenefit, Claim and the other types about bills, payments and authorizations.
 */
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { claimsConfig } from './config.ts';

await runService({
  name: 'claims-service',
  schema: claimsConfig,
  module: (config, logger) => fhirServiceModule('claims-service', config, logger),
  configure: acceptTextBodies,
});
