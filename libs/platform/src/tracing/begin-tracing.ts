import type { z } from 'zod';
import type { ServiceConfig } from '../config.ts';

type TracingSettings = Pick<
  z.infer<typeof ServiceConfig>,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_TRACES_SAMPLER_ARG' | 'RELEASE'
>;

/**
 * Begins to make spans and to send them to a collector, if the settings name one. Otherwise nothing is set up, and every
 * function of `libs/tracing` returns at once. What makes and sends spans is a quarter of what a service loads, so it is not
 * loaded then either.
 *
 * @returns sends what waits, and ends it; undefined where no collector is named
 */
export async function beginTracing(
  service: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...others }: TracingSettings,
): Promise<(() => Promise<void>) | undefined> {
  if (endpoint === undefined) return undefined;
  const { startTracing } = await import('./start-tracing.ts');
  return startTracing({ service, endpoint, ...others });
}
