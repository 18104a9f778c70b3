/**
 * claims-service: serves ExplanationOfBenefit, Claim and the other types about bills, payments and authorizations.
 */
import { whyDatabaseIsAway } from '@patient-access/database';
import { acceptTextBodies, fhirServiceModule } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { claimsConfig } from './config.ts';

await runService({
  name: 'claims-service',
  schema: claimsConfig,
  needs: ({ DATABASE_URL }) => ({ database: () => whyDatabaseIsAway(DATABASE_URL) }),
  module: (config, logger) => fhirServiceModule('claims-service', config, logger),
  configure: (app) => acceptTextBodies(app),
});
