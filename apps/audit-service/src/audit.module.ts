import type { DynamicModule } from '@nestjs/common';
import { createPool, createReadPool, type Pool } from '@patient-access/database';
import { fhirServiceModule } from '@patient-access/fhir-store';
import { openKafka } from '@patient-access/kafka-client';
import { type Logger, Metrics } from '@patient-access/platform';
import type { z } from 'zod';
import type { schema } from './config.ts';
import { UNKNOWN_CHAINS } from './console/chain-state.ts';
import {
  AuditConsoleController,
  AUDITOR_POOL,
  CONSOLE,
  type ConsoleMeans,
} from './console/console.controller.ts';
import { Compaction } from './delivery/compaction.ts';
import { keptCountBehind } from './delivery/kept-count.ts';
import { countGaps } from './delivery/producer-sequences.ts';
import { countDeadLetters, countLettersOf, countMisdirected } from './delivery/dead-letters.ts';
import { EventsController, SINK, type Sink } from './delivery/events.controller.ts';
import { AccessController } from './member/access.controller.ts';
import { AppCallsController } from './app-calls/app-calls.controller.ts';
import { ScorecardController } from './scorecard/scorecard.controller.ts';
import { RestoreController } from './auth-restore/restore.controller.ts';
import { searchColumns } from './auditor-search/conditions.ts';
import { auditorSearch } from './auditor-search/auditor-search.ts';
import { ROUTES_WITHOUT_EVENT } from './without-event.ts';
import type { Maintenance } from './maintenance.ts';
import { auditEventOf } from './stored-event.ts';

type Config = Readonly<z.infer<typeof schema>>;

/**
 * A batch may wait for earlier batches, and for a connection while these have all, but less long than its sender or the
 * consumer group waits for an answer.
 */
const WRITING = { max: 6, statementTimeoutMs: 5_000, connectTimeoutMs: 4_000 };
/** Few auditors ask, but each question reads much. The limits keep members from waiting for auditors. */
const AUDITOR_CONNECTIONS = 4;
/** A file is made of many statements, each of which reads a few thousand events. */
const FILE_POOL_LIMITS = { max: 2, statementTimeoutMs: 30_000 };
/** Size of the largest batch of the largest events. Limits on client texts bound it (libs/outbox, libs/fhir-store). */
export const MAX_DELIVERY_BYTES = 16 * 1024 * 1024;

function metricsOf(pool: Pool, config: Config): Metrics {
  const metrics = new Metrics();
  metrics.gauge(
    'audit_dead_letters',
    'Messages that are not stored, and that nobody has replayed or closed.',
    () => countDeadLetters(pool),
  );
  metrics.gauge('audit_misdirected_messages', 'Dead letters that came under the key of another member.', () =>
    countMisdirected(pool),
  );
  metrics.gauge(
    'audit_missing_events',
    'Numbers missing below the highest that has arrived.',
    () => countGaps(pool),
    'producer',
  );
  const kafka = openKafka(config, 'audit-service');
  if (kafka)
    metrics.gauge('audit_consumer_lag_messages', 'Messages in the topic that are not stored.', () =>
      kafka.lag(config.KAFKA_ACCESS_EVENT_GROUP, config.KAFKA_ACCESS_EVENT_TOPIC),
    );
  return metrics;
}

const consoleMeans = (
  { AUTH_URL: authUrl, CHECKPOINT_KEY: signingKey, AUDITOR_QUESTION_MS: pageMs }: Config,
  { ingest, ...pools }: Pick<ConsoleMeans, 'pool' | 'filePool'> & { ingest: Pool },
  maintenance: Maintenance | undefined,
): ConsoleMeans => ({
  ...{ ...pools, pageMs, authUrl, signingKey, chains: maintenance?.chains ?? UNKNOWN_CHAINS },
  undelivered: {
    deadLetters: (tenant) => countLettersOf(ingest, tenant),
    producers: keptCountBehind(ingest),
  },
});

const CONTROLLERS = [
  EventsController,
  AuditConsoleController,
  AccessController,
  RestoreController,
  AppCallsController,
  ScorecardController,
];

async function openPools(config: Config) {
  const auditorLimits = { max: AUDITOR_CONNECTIONS, statementTimeoutMs: config.AUDITOR_QUESTION_MS };
  return {
    auditorPool: await createReadPool(config.AUDITOR_DATABASE_URL, auditorLimits),
    filePool: await createReadPool(config.AUDITOR_DATABASE_URL, FILE_POOL_LIMITS),
    pool: await createPool(config.INGEST_DATABASE_URL, WRITING),
  };
}

function showPools(metrics: Metrics, pools: Record<string, Parameters<Metrics['pool']>[1]>): Metrics {
  for (const [name, counts] of Object.entries(pools)) metrics.pool(name, counts);
  return metrics;
}

/**
 * The one module of audit-service: the FHIR engine, which reads the trail, and the sink, which stores events.
 *
 * @param maintenance is stopped when the module is destroyed
 */
export async function auditModule(
  config: Config,
  logger: Logger,
  maintenance?: Maintenance,
): Promise<DynamicModule> {
  const { auditorPool, filePool, pool } = await openPools(config);
  const pools = { auditors: auditorPool.counts, files: filePool.counts, ingest: pool };
  const metrics = showPools(metricsOf(pool, config), pools);
  maintenance?.report(metrics);
  const own = {
    auditorSearch: auditorSearch(auditorPool),
    searchColumns,
    bodyOf: auditEventOf,
    withoutEvent: ROUTES_WITHOUT_EVENT,
  };
  const engine = await fhirServiceModule('audit-service', config, logger, metrics, own);
  const sink: Sink = { pool, logger, keys: config.EVENT_PUBLIC_KEYS, start: maintenance?.start };
  const compaction = new Compaction(pool);
  const means = consoleMeans(config, { pool: auditorPool, filePool, ingest: pool }, maintenance);
  class AuditModule {
    async onApplicationShutdown() {
      await Promise.all([compaction.stop(), auditorPool.end(), filePool.end()]);
      await maintenance?.stop();
      await pool.end();
    }
  }
  return {
    module: AuditModule,
    imports: [engine],
    controllers: CONTROLLERS,
    providers: [
      { provide: SINK, useValue: sink },
      { provide: AUDITOR_POOL, useValue: auditorPool },
      { provide: CONSOLE, useValue: means },
    ],
  };
}
