import type { DynamicModule } from '@nestjs/common';
import { FRESHNESS_WITHOUT_EVENT, fhirServiceModule } from '@patient-access/fhir-store';
import { FIRST_DATABASE, PlanPools } from '@patient-access/fhir-store/ingest';
import { CONSENT_FACTS_PATH } from '@patient-access/internal-api';
import { openKafka } from '@patient-access/kafka-client';
import { type Logger, Metrics } from '@patient-access/platform';
import type { z } from 'zod';
import type { coverageConfig } from './config.ts';
import { CONSENTS, ConsentsController, type ConsentSink } from './consent/consents.controller.ts';

const WRITE_CONNECTIONS = 2;

/** Routes of its own that leave no event, and why. */
export const COVERAGE_ROUTES_WITHOUT_EVENT = {
  ...FRESHNESS_WITHOUT_EVENT,
  [`POST ${CONSENT_FACTS_PATH}`]: 'takes consents, each of which left its event at auth-service',
};

/** A member finds a Consent when coverage-service has stored it: how far behind it is. */
function showLag(metrics: Metrics, config: Readonly<z.infer<typeof coverageConfig>>): void {
  const kafka = openKafka(config, 'coverage-service');
  if (kafka)
    metrics.gauge('consent_consumer_lag_messages', 'Consents in the topic that are not stored.', () =>
      kafka.lag(config.KAFKA_CONSENT_GROUP, config.KAFKA_CONSENT_TOPIC),
    );
}

/** The one module of coverage-service: the FHIR engine, and the receiver of consents. */
export async function coverageModule(
  config: Readonly<z.infer<typeof coverageConfig>>,
  logger: Logger,
): Promise<DynamicModule> {
  const own = { withoutEvent: COVERAGE_ROUTES_WITHOUT_EVENT };
  const metrics = new Metrics();
  showLag(metrics, config);
  const engine = await fhirServiceModule('coverage-service', config, logger, metrics, own);
  const pools = new PlanPools(config.INGEST_DATABASE_URL, config.INGEST_DATABASES, {
    max: WRITE_CONNECTIONS,
    keepsPlans: true,
  });
  metrics.pool('ingest', await pools.open(FIRST_DATABASE));
  const sink: ConsentSink = { pools, logger, keys: config.EVENT_PUBLIC_KEYS };
  class CoverageModule {
    async onApplicationShutdown() {
      await pools.end();
    }
  }
  return {
    module: CoverageModule,
    imports: [engine],
    controllers: [ConsentsController],
    providers: [{ provide: CONSENTS, useValue: sink }],
  };
}
