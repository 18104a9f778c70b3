/** coverage-service: serves Patient, Coverage, Consent and the other types about coverage. */
import { acceptTextBodies } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { coverageConfig } from './config.ts';
import { consumeConsents } from './consent/consume.ts';
import { coverageModule } from './coverage.module.ts';

await runService({
  name: 'coverage-service',
  schema: coverageConfig,
  module: coverageModule,
  async configure(app, config) {
    await acceptTextBodies(app);
    await consumeConsents(app, config);
  },
});
