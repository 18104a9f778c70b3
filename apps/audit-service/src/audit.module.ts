import type { DynamicModule } from '@nestjs/common';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createPool, createReadPool, type Pool } from '@patient-access/database';
import { ACCESS_EVENT_TOPIC } from '@patient-access/events';
import { fhirServiceModule } from '@patient-access/fhir-store';
import { type Logger, Metrics } from '@patient-access/platform';
import type { z } from 'zod';
import type { schema } from './config.ts';
import { AuditConsoleController, AUDITOR_POOL } from './console/console.controller.ts';
import { compactSequences, countGaps } from './delivery/producer-sequences.ts';
import { consumerLag } from './delivery/consumer-lag.ts';
import { countDeadLetters, countMisdirected } from './delivery/dead-letters.ts';
import { EventsController, SINK, type Sink } from './delivery/events.controller.ts';
import { ProducerStrategy } from './delivery/producer.strategy.ts';
import { KafkaBatches } from './delivery/kafka-batches.ts';
import { AccessController } from './member/access.controller.ts';
import { searchColumns } from './auditor-search/conditions.ts';
import { auditorSearch } from './auditor-search/auditor-search.ts';
import type { Maintenance } from './maintenance.ts';

type Config = Readonly<z.infer<typeof schema>>;

/** A batch may wait for those before it, but not so long that its sender has given up, or its group the consumer. */
const WRITING = { max: 6, statementTimeoutMs: 5_000 };
/** Few people ask, about much: never so many at once, nor for so long, that members would have to wait for them. */
const AUDITOR_POOL_LIMITS = { max: 4, statementTimeoutMs: 4_000 };
/** A relay's largest batch of its largest events, which client texts bound (libs/outbox, libs/fhir-store). */
const MAX_DELIVERY_BYTES = 16 * 1024 * 1024;
const GROUP = 'audit-service';
/** Partitions that one replica works on at a time; each waits for its own commit. */
const CONCURRENT_PARTITIONS = 4;
const COMPACT_MS = 10_000;

function metricsOf(pool: Pool, { KAFKA_BROKERS: brokers }: Config): Metrics {
  const metrics = new Metrics();
  metrics.gauge('audit_dead_letters', 'Messages that are no event, and that nobody has replayed.', () =>
    countDeadLetters(pool),
  );
  metrics.gauge('audit_misdirected_messages', 'Dead letters that came under the key of another member.', () =>
    countMisdirected(pool),
  );
  metrics.gauge('audit_missing_events', 'Numbers missing below the highest that has arrived.', async () => ({
    label: 'producer',
    values: await countGaps(pool),
  }));
  if (brokers) {
    const lag = consumerLag(brokers, `${GROUP}-server`, ACCESS_EVENT_TOPIC);
    metrics.gauge('audit_consumer_lag_messages', 'Messages in the topic that are not stored.', lag);
  }
  return metrics;
}

/**
 * The one module of audit-service: the FHIR engine for reading, and the sink for what arrives.
 *
 * @param maintenance ends with the module
 */
export async function auditModule(
  config: Config,
  logger: Logger,
  maintenance?: Maintenance,
): Promise<DynamicModule> {
  const auditorPool = await createReadPool(config.AUDITOR_DATABASE_URL, AUDITOR_POOL_LIMITS);
  const pool = await createPool(config.INGEST_DATABASE_URL, WRITING);
  const metrics = metricsOf(pool, config);
  maintenance?.report(metrics);
  const own = { auditorSearch: auditorSearch(auditorPool), searchColumns };
  const engine = await fhirServiceModule('audit-service', config, logger, metrics, own);
  const sink: Sink = { pool, logger, secret: config.EVENT_SECRET };
  // What cannot be tidied up now is tidied up later.
  const compacting = setInterval(
    () => void compactSequences(pool).catch(() => undefined),
    COMPACT_MS,
  ).unref();
  class AuditModule {
    async onApplicationShutdown() {
      clearInterval(compacting);
      await auditorPool.end();
      await maintenance?.stop();
      await pool.end();
    }
  }
  return {
    module: AuditModule,
    imports: [engine],
    controllers: [EventsController, AuditConsoleController, AccessController],
    providers: [
      { provide: ProducerStrategy, useValue: new ProducerStrategy(config.EVENT_SECRET) },
      { provide: SINK, useValue: sink },
      { provide: AUDITOR_POOL, useValue: auditorPool },
    ],
  };
}

/** A delivery over HTTP is many events, far above what any request of a client may be. */
export function acceptDeliveries(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addContentTypeParser(
      'application/x-ndjson',
      { parseAs: 'string', bodyLimit: MAX_DELIVERY_BYTES },
      (_request, body, done) => done(null, body),
    );
}

/**
 * Consumes access events where there are brokers, as soon as they are there: offsets are committed after the handler's
 * own commit.
 */
export async function consumeKafka(app: NestFastifyApplication, config: Config): Promise<void> {
  const { KAFKA_BROKERS: brokers } = config;
  if (!brokers) return;
  const strategy = new KafkaBatches(brokers, GROUP, {
    partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
  });
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
  await app.startAllMicroservices();
}
