/** audit-service turns access events into AuditEvents, and serves them to their members and to auditors. */
import { setFlagsFromString } from 'node:v8';
import { whyDatabaseIsAway } from '@patient-access/database';
import { acceptTextBodies } from '@patient-access/fhir-store';
import { runService } from '@patient-access/platform';
import { auditModule, MAX_DELIVERY_BYTES } from './audit.module.ts';
import { schema } from './config.ts';
import { consumeKafka } from './delivery/consume.ts';
import { startMaintenance } from './maintenance.ts';

/*
 * The heap may double before V8 collects all of it. While few events come, V8 finds a service nearly idle and lets its heap grow
 * by a few megabytes only: each delivery of some thousand events then cost a collection of everything, a third of what
 * audit-service spent on an event (docs/performance.md).
 */
setFlagsFromString('--heap-growing-percent=100');

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
