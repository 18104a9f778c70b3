import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics } from 'prom-client';
import type { Readiness } from '../health.ts';
import type { Logger } from '../logging.ts';
import { NEVER_MS, showEventLoopLag } from './event-loop-lag.ts';
import type { Metrics } from './metrics.ts';

/**
 * What every process shows of itself: event loop, heap, garbage collection, CPU and open files; which release it is; and
 * which of its readiness checks hold. Each metric of the process gets the label `service`.
 */
export function describeProcess(
  metrics: Metrics,
  { service, release }: { service: string; release: string },
  checks: Readiness,
): void {
  metrics.registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: NEVER_MS });
  showEventLoopLag(metrics);
  metrics.gauge(
    'patient_access_build_info',
    'Always 1; the label says which release.',
    () => ({ [release]: 1 }),
    'release',
  );
  metrics.gauge(
    'service_ready',
    'Whether a readiness check holds: 1 or 0.',
    async () => {
      const names = Object.keys(checks);
      const results = await Promise.allSettled(Object.values(checks).map((check) => check()));
      return Object.fromEntries(names.map((name, at) => [name, results[at]?.status === 'fulfilled' ? 1 : 0]));
    },
    'check',
  );
}

/**
 * Serves `GET /metrics` on a port of its own, which no client and no other service reaches.
 *
 * @returns when it listens
 */
export async function serveMetrics(
  metrics: Metrics,
  { host, port }: { host: string; port: number },
  logger: Logger,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') return response.writeHead(404).end();
    metrics.render().then(
      (text) =>
        response
          .writeHead(200, { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store' })
          .end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'metrics could not be shown');
        response.writeHead(500).end();
      },
    );
    return undefined;
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, done);
  });
  return server;
}
