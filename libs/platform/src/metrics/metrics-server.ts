import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics } from 'prom-client';
import { failuresOf, type Readiness, toldChecks } from '../health.ts';
import type { Logger } from '../logging.ts';
import { NEVER_MS, showEventLoopLag } from './event-loop-lag.ts';
import type { Metrics } from './metrics.ts';

interface Identity {
  service: string;
  release: string;
}

/**
 * What every service shows from its start on: which release it is, and which of its readiness checks hold. Each metric of
 * the process gets the label `service`.
 */
export function describeService(metrics: Metrics, { service, release }: Identity, checks: Readiness): void {
  metrics.registry.setDefaultLabels({ service });
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
      const failures = await failuresOf(checks);
      return Object.fromEntries(Object.keys(checks).map((name) => [name, failures.has(name) ? 0 : 1]));
    },
    'check',
  );
}

/** In addition, what a process shows that serves: event loop, heap, garbage collection, CPU and open files. */
export function describeProcess(metrics: Metrics, identity: Identity, checks: Readiness): void {
  describeService(metrics, identity, checks);
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: NEVER_MS });
  showEventLoopLag(metrics);
}

type Page = { status: number; type: string; body: string };

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the port shows, by path. Probes have no certificate, so they ask here where the service itself asks for one. */
const pagesOf = (
  metrics: Metrics,
  failed: () => Promise<string[]>,
): Readonly<Record<string, () => Promise<Page>>> => ({
  '/metrics': async () => ({
    status: 200,
    type: metrics.registry.contentType,
    body: await metrics.render(),
  }),
  '/health/live': async () => ({ status: 200, type: JSON_TYPE, body: '{"status":"live"}' }),
  '/health/ready': async () => {
    const names = await failed();
    const isReady = names.length === 0;
    const body = JSON.stringify(isReady ? { status: 'ready' } : { status: 'not ready', failed: names });
    return { status: isReady ? 200 : 503, type: JSON_TYPE, body };
  },
});

/**
 * Serves metrics and probes on a port of its own, which no client and no other service reaches.
 *
 * @returns when it listens
 */
export async function serveMetrics(
  metrics: Metrics,
  checks: Readiness,
  { host, port }: { host: string; port: number },
  logger: Logger,
): Promise<Server> {
  const pages = pagesOf(metrics, toldChecks(checks, logger));
  const server = createServer((request, response) => {
    const page = request.method === 'GET' ? pages[request.url ?? ''] : undefined;
    if (!page) return response.writeHead(404).end();
    page().then(
      ({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
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
