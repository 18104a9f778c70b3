/** audit-service turns access events into AuditEvents, and serves them to their members and to auditors. */
import { whyDatabaseIsAway } from '@patient-access/database';
import { acceptTextBodies } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { auditModule, MAX_DELIVERY_BYTES } from './audit.module.ts';
import { schema } from './config.ts';
import { consumeKafka } from './delivery/consume.ts';
import { startMaintenance } from './maintenance.ts';

await runService({
  name: 'audit-service',
  schema,
  needs: ({ DATABASE_URL, INGEST_DATABASE_URL, AUDITOR_DATABASE_URL }) => ({
    database: () => whyDatabaseIsAway(DATABASE_URL, INGEST_DATABASE_URL, AUDITOR_DATABASE_URL),
  }),
  module: async (config, logger) => auditModule(config, logger, await startMaintenance(config, logger)),
  async configure(app, config) {
    await acceptTextBodies(app, MAX_DELIVERY_BYTES);
    await consumeKafka(app, config);
  },
});
