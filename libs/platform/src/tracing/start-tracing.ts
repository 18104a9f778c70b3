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

interface Tracing extends Pick<z.infer<typeof ServiceConfig>, 'OTEL_TRACES_SAMPLER_ARG' | 'RELEASE'> {
  service: string;
  /** URL of the collector */
  endpoint: string;
}

/**
 * Begins to make spans and to send them to a collector.
 *
 * @returns sends what waits, and ends it
 */
export function startTracing(tracing: Tracing): () => Promise<void> {
  const { service, endpoint, OTEL_TRACES_SAMPLER_ARG: share, RELEASE } = tracing;
  const url = `${endpoint.replace(/\/$/, '')}${TRACES_PATH}`;
  const exporter = new AllowedSpans(new OTLPTraceExporter({ url, timeoutMillis: QUEUE.exportTimeoutMillis }));
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': RELEASE }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...QUEUE })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return () => provider.shutdown().catch(() => undefined);
}
