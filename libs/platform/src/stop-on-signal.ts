/** How a service stops, so that no request fails because of it (case P09). */
import type { Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { INestApplication } from '@nestjs/common';
import { InFlight } from '@patient-access/concurrency';
import { IDLE_MS } from '@patient-access/internal-api';
import { startDraining } from './health.ts';
import type { Logger } from './logging.ts';

/** Time for a load balancer to notice that the service is no longer ready, before it stops accepting connections. */
const NOTICED_MS = 200;
/**
 * A connection that is closed while a request comes over it fails the request. Each answer announces the end of its
 * connection, and services use none that was idle for {@link IDLE_MS}: after this time nobody uses those that are left.
 */
const DRAIN_MS = IDLE_MS + 500;
const LOOK_MS = 50;
/**
 * Then so long for answers that are under way. Nobody waits for a client that does not read, or sends half a request: Kubernetes
 * kills a process after 30 s, with what it has counted.
 */
const LAST_ANSWERS_MS = 15_000;
/**
 * So long after the signal the process ends with what it has. Of the 30 s of a pod the first five are over when the signal comes
 * (k8s/base), and the last lines of the log need a moment.
 */
const LAST_MS = 23_000;

/**
 * @returns a function that ends each connection after its current answer. Otherwise the connection would stay open as
 * long as its client wants, and so would the service (case P09)
 */
function endOfConnections(server: Server): () => void {
  const answering = new InFlight<ServerResponse>();
  let ending = false;
  server.prependListener('request', (_request, response) => {
    if (ending) response.shouldKeepAlive = false;
    response.once('close', answering.add(response));
  });
  return () => {
    ending = true;
    for (const response of answering.takeAll()) {
      const { socket } = response;
      // An answer whose head was sent already cannot announce that the connection closes.
      if (response.headersSent) response.once('finish', () => socket?.end());
      else response.shouldKeepAlive = false;
    }
  };
}

/** Resolves when no connection is left, or when nobody would use those that are. */
async function connectionsEnd(server: Server): Promise<void> {
  const count = promisify(server.getConnections.bind(server));
  const deadline = performance.now() + DRAIN_MS;
  await delay(NOTICED_MS);
  while ((await count()) > 0 && performance.now() < deadline) await delay(LOOK_MS);
}

/**
 * A stop waits for the database, which somebody may have locked, or which may say nothing. What was given to anybody has its event by
 * then.
 */
function endAtLast(logger: Logger): void {
  setTimeout(() => {
    logger.error('stopped, although not all that was refused or broke off is recorded');
    process.exit(1);
  }, LAST_MS).unref();
}

/** Waits for SIGTERM or SIGINT, and then stops: no new requests, the answers that are under way, close. */
export async function stopOnSignal(
  app: INestApplication<Server>,
  logger: Logger,
  endTracing: () => Promise<void>,
): Promise<void> {
  const endConnections = endOfConnections(app.getHttpServer());
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  logger.info({ signal }, 'stopping');
  endAtLast(logger);
  startDraining();
  endConnections();
  await connectionsEnd(app.getHttpServer());
  setTimeout(() => app.getHttpServer().closeAllConnections(), LAST_ANSWERS_MS).unref();
  await app.close();
  await endTracing();
  logger.info('stopped');
  process.exit(0);
}
