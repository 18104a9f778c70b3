import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fhirBase, type Owner, withAbsoluteAttachments } from '@patient-access/fhir';
import {
  ATTEMPT_RULES,
  type AttemptRules,
  denyByDefault,
  HealthController,
  type Logger,
  METRICS,
  Metrics,
  OutcomeFilter,
  READINESS,
} from '@patient-access/platform';
import { isRecordService } from '@patient-access/topology';
import { ownerAttempts } from './attempts.ts';
import { openDatabases } from './databases/service-databases.ts';
import { describeFeeds } from './freshness/feed-metrics.ts';
import { FRESHNESS_WITHOUT_EVENT, FreshnessController } from './freshness/freshness.controller.ts';
import { Freshness } from './freshness/freshness.ts';
import { presentingPool } from './sql/presenting-pool.ts';
import { Cursors } from './serve/cursor.ts';
import { ENGINE, EngineController } from './serve/engine.controller.ts';
import { INTROSPECTION, IntrospectionStrategy } from './serve/introspection.strategy.ts';
import type { Engine, EngineExtensions } from './serve/engine.ts';

/** What a service adds to the engine, and to the rules of its edge. */
interface ServiceExtensions extends EngineExtensions {
  /** its own routes for other services, whose good answers leave no event, and why */
  withoutEvent?: AttemptRules['withoutEvent'];
}

/** Of a service with records, with its further databases. */
type Config = Parameters<typeof openDatabases>[1];

async function openEngine(
  owner: Owner,
  config: Config,
  logger: Logger,
  metrics: Metrics,
  { withoutEvent = {}, ...own }: ServiceExtensions,
) {
  const databases = await openDatabases(owner, config, logger, metrics);
  const { reads: pool, outbox } = databases;
  const freshness = new Freshness(pool);
  const attempts = ownerAttempts(owner, databases.first, logger, {
    ...FRESHNESS_WITHOUT_EVENT,
    ...withoutEvent,
  });
  describeFeeds(metrics, freshness);
  const engine: Engine = {
    ...own,
    owner,
    pool: presentingPool(pool, (stored, tenant) =>
      withAbsoluteAttachments(own.bodyOf?.(stored) ?? stored, fhirBase(config.PUBLIC_URL, tenant)),
    ),
    cursors: new Cursors(config.CURSOR_SECRET),
    publicUrl: config.PUBLIC_URL,
    freshness,
    record: (event) => outbox.record(event),
    count: (request) => attempts.counter.sum(request),
    mayDisclose: (tenant) => !outbox.isFull(tenant),
    onError: (error, requestId) => logger.error({ requestId, err: error }, 'failed'),
  };
  return { databases, engine, freshness, attempts };
}

/**
 * The module of a service that owns FHIR resources: guard, controller, engine, health.
 *
 * @param metrics the service may add its own to these
 * @param own what this service adds to the engine
 */
export async function fhirServiceModule(
  owner: Owner,
  config: Config,
  logger: Logger,
  metrics = new Metrics(),
  own: ServiceExtensions = {},
): Promise<DynamicModule> {
  const { databases, engine, freshness, attempts } = await openEngine(owner, config, logger, metrics, own);
  const readiness = { database: () => databases.lookout.look(), outbox: () => databases.first.reachable() };
  class FhirServiceModule {
    async onApplicationShutdown() {
      await attempts.counter.stop();
      await databases.close();
    }
  }
  return {
    module: FhirServiceModule,
    controllers: [
      HealthController,
      EngineController,
      ...(isRecordService(owner) ? [FreshnessController] : []),
    ],
    exports: [ENGINE],
    providers: [
      { provide: ENGINE, useValue: engine },
      { provide: Freshness, useValue: freshness },
      { provide: IntrospectionStrategy, useValue: new IntrospectionStrategy(config) },
      { provide: ATTEMPT_RULES, useValue: attempts },
      { provide: METRICS, useValue: metrics },
      { provide: READINESS, useValue: readiness },
      { provide: APP_FILTER, useValue: new OutcomeFilter(logger, config.PUBLIC_URL) },
      { provide: APP_GUARD, useClass: denyByDefault(INTROSPECTION) },
    ],
  };
}

/** The gateway's request about the related resources of a full page is longer than any request of a client may be. */
const MAX_RELATED_REQUEST_BYTES = 1024 * 1024;

/**
 * Accepts every body as text, whatever its Content-Type says. The engine decides which bodies it can read.
 *
 * @param maxLinesBytes the most that lines of JSON (`application/x-ndjson`) may hold: what other services of ours deliver is
 *   longer than any request of a client may be
 */
export async function acceptTextBodies(app: NestFastifyApplication, maxLinesBytes?: number): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  const accept = (type: string, bodyLimit?: number) =>
    server.addContentTypeParser(
      type,
      { parseAs: 'string', ...(bodyLimit !== undefined && { bodyLimit }) },
      (_request, body, done) => done(null, body),
    );
  accept('application/json', MAX_RELATED_REQUEST_BYTES);
  if (maxLinesBytes !== undefined) accept('application/x-ndjson', maxLinesBytes);
  accept('*');
}
