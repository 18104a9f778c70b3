import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { z } from 'zod';
import type { ServiceConfig } from '../config.ts';
import { AllowedSpans } from './allowed-spans.ts';

/** What waits is bounded, and a collector that does not answer holds nothing up: spans are dropped then. */
const QUEUE = { maxQueueSize: 2_048, scheduledDelayMillis: 2_000, exportTimeoutMillis: 2_000 };
const TRACES_PATH = '/v1/traces';

type TracingSettings = Pick<
  z.infer<typeof ServiceConfig>,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_TRACES_SAMPLER_ARG' | 'RELEASE'
>;

/**
 * Begins to make spans and to send them to a collector, if the settings name one. Otherwise nothing is set up, and every
 * function of `libs/tracing` returns at once.
 *
 * @returns sends what waits, and ends it; undefined where no collector is named
 */
export function startTracing(service: string, settings: TracingSettings): (() => Promise<void>) | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = settings;
  if (endpoint === undefined) return undefined;
  const url = `${endpoint.replace(/\/$/, '')}${TRACES_PATH}`;
  const exporter = new AllowedSpans(new OTLPTraceExporter({ url, timeoutMillis: QUEUE.exportTimeoutMillis }));
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': settings.RELEASE }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return () => provider.shutdown().catch(() => undefined);
}
