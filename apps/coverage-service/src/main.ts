/** coverage-service: serves Patient, Coverage, Consent and the other types about coverage. */
import { whyDatabaseIsAway } from '@patient-access/database';
import { acceptTextBodies } from '@patient-access/fhir-store';
import { MAX_CONSENT_FACTS_BYTES } from '@patient-access/internal-api';
import { runService } from '@patient-access/platform';
import { coverageConfig } from './config.ts';
import { consumeConsents } from './consent/consume.ts';
import { coverageModule } from './coverage.module.ts';

await runService({
  name: 'coverage-service',
  schema: coverageConfig,
  needs: ({ DATABASE_URL, INGEST_DATABASE_URL }) => ({
    database: () => whyDatabaseIsAway(DATABASE_URL, INGEST_DATABASE_URL),
  }),
  module: coverageModule,
  async configure(app, config) {
    await acceptTextBodies(app, MAX_CONSENT_FACTS_BYTES);
    await consumeConsents(app, config);
  },
});
