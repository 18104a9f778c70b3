import type { DynamicModule } from '@nestjs/common';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createPool } from '@patient-access/database';
import { fhirServiceModule } from '@patient-access/fhir-store';
import { ensureTopics } from '@patient-access/outbox';
import type { Logger } from '@patient-access/platform';
import type { z } from 'zod';
import type { schema } from './config.ts';
import { EventsController, SINK, type Sink } from './events.controller.ts';

type Config = Readonly<z.infer<typeof schema>>;

const WRITE_CONNECTIONS = 4;
/** A relay's largest batch of its largest events, which client texts bound (libs/outbox, libs/fhir-store). */
const MAX_DELIVERY_BYTES = 16 * 1024 * 1024;
const GROUP = 'audit-service';
/** Partitions that one replica works on at a time; each waits for its own commit. */
const CONCURRENT_PARTITIONS = 4;
/**
 * A replica that was killed, or that lost its broker and comes back under another member id, holds its partitions
 * until its session ends: so long nobody reads them.
 */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 2_000;
const REBALANCE_TIMEOUT_MS = 10_000;

/** The one module of audit-service: the FHIR engine for reading, and the sink for what arrives. */
export async function auditModule(config: Config, logger: Logger): Promise<DynamicModule> {
  const engine = await fhirServiceModule('audit-service', config, logger);
  const pool = await createPool(config.INGEST_DATABASE_URL, { max: WRITE_CONNECTIONS });
  const sink: Sink = { pool, logger, ...(!config.KAFKA_BROKERS && { secret: config.EVENT_SECRET }) };
  class AuditModule {
    async onApplicationShutdown() {
      await pool.end();
    }
  }
  return {
    module: AuditModule,
    imports: [engine],
    controllers: [EventsController],
    providers: [{ provide: SINK, useValue: sink }],
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

/** Consumes access events where there are brokers: offsets are committed after the handler's own commit. */
export async function consumeKafka(app: NestFastifyApplication, config: Config): Promise<void> {
  if (!config.KAFKA_BROKERS) return;
  await ensureTopics(config.KAFKA_BROKERS, GROUP);
  app.connectMicroservice<MicroserviceOptions>(
    {
      transport: Transport.KAFKA,
      options: {
        client: {
          clientId: GROUP,
          brokers: config.KAFKA_BROKERS,
          retry: { retries: 20, maxRetryTime: 2_000 },
        },
        consumer: {
          groupId: GROUP,
          retry: { retries: 20, maxRetryTime: 2_000 },
          maxWaitTimeInMs: 200,
          sessionTimeout: SESSION_TIMEOUT_MS,
          heartbeatInterval: HEARTBEAT_INTERVAL_MS,
          rebalanceTimeout: REBALANCE_TIMEOUT_MS,
        },
        subscribe: { fromBeginning: true },
        run: { partitionsConsumedConcurrently: CONCURRENT_PARTITIONS },
      },
    },
    { inheritAppConfig: false },
  );
  await app.startAllMicroservices();
}
