import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { z } from 'zod';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { type ServiceName, TOPOLOGY } from '@patient-access/topology';
import { ATTEMPT_RULES, type AttemptRules } from './attempts/attempt-rules.ts';
import { UnroutedAttempts, watchAttempts } from './attempts/watch-attempts.ts';
import { ConfigError, loadConfig, type ServiceConfig } from './config.ts';
import { CONNECTION_MS, endOldConnections } from './connection-life.ts';
import { passOverPorts } from './forwarded-ports.ts';
import { READINESS, type Readiness } from './health.ts';
import { sendOutcome } from './outcome.filter.ts';
import { createLogger, type Logger, NestLogger } from './logging.ts';
import { METRICS, type Metrics } from './metrics/metrics.ts';
import { describeProcess, serveMetrics } from './metrics/metrics-server.ts';
import { countRefusals, countUnfinished, measureHttp } from './metrics/request-metrics.ts';
import { schemaPipe } from './schema-pipe.ts';
import { ServiceTls, useForFetch } from './service-tls/service-tls.ts';
import { endOnSignal } from './start/end-on-signal.ts';
import { type Needs, waitForNeeds } from './start/needs.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { beginTracing } from './tracing/begin-tracing.ts';
import { AMONG_SERVICES, type RequestTracing, traceIdOf, traceRequests } from './tracing/trace-requests.ts';
import { answerUnparsed, takeEveryRequest } from './unparsed-request.ts';
import { unusedConnectionsOf } from './unused-connections.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
/** Deadlines of what a client sends (security rule D25): its headers, and all of it. Node looks twice a second. */
const HEADERS_MS = 4_500;
const REQUEST_MS = 9_500;
const DEADLINE_CHECK_MS = 400;
/**
 * A proxy must give a connection up before we do, or it sends a request into one that is just being closed, and answers 502. Google's
 * keep one for 600 s, Traefik's for 90, those of AWS for 60.
 */
export const UNUSED_MS = 620_000;
/**
 * The gateway gives a URL on to a service with a credential that names each scope of the token, so what the public host
 * takes has to fit beside that.
 */
const MAX_HEADER_BYTES = 128 * 1024;
const MAX_PARAMETER_CHARACTERS = 256;
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** EX_CONFIG of sysexits(3): the settings are wrong, so a restart would not help. */
const EXIT_CONFIG = 78;

export interface ServiceDefinition<Schema extends z.ZodType> {
  name: ServiceName;
  schema: Schema;
  /** what has to be there before the module is made; the start waits for it. Left out: nothing */
  needs?(config: Readonly<z.infer<Schema>>): Needs;
  /** the one module of the app */
  module(
    config: Readonly<z.infer<Schema>>,
    logger: Logger,
    tls: ServiceTls | undefined,
  ): DynamicModule | Promise<DynamicModule>;
  server?(config: Readonly<z.infer<Schema>>): ServerOptions;
  /** left out: it goes on with the trace of whoever calls it */
  tracing?(config: Readonly<z.infer<Schema>>): RequestTracing;
  /** runs before the service listens; sets up the HTTP server and further transports */
  configure?(app: NestFastifyApplication, config: Readonly<z.infer<Schema>>, logger: Logger): Promise<void>;
}

/**
 * Logs one line for each request: method, route pattern, status, time. It never logs the URL, which may name a
 * member.
 */
function logRequests(app: NestFastifyApplication, logger: Logger): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      logger.info({
        requestId: request.id,
        traceId: traceIdOf(request),
        method: request.method,
        route: request.routeOptions.url ?? 'unmatched',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      });
      done();
    });
}

/** Takes over the request id that our own services send. */
function inheritRequestId(request: { headers: Record<string, unknown> }): string {
  const given = String(request.headers[REQUEST_ID_HEADER] ?? '');
  return REQUEST_ID.test(given) ? given : randomUUID();
}

type ServerOptions = Pick<FastifyServerOptions, 'genReqId' | 'trustProxy' | 'rewriteUrl'> & {
  /** of the head of a request: request line and headers */
  maxHeaderBytes?: number;
  /** the service refuses a request without a Host itself: Node would, with an empty 400 that no hook sees */
  checksHost?: boolean;
};

interface CreateOptions {
  /** scheme and host that clients see */
  publicUrl: string;
  /** options that only some services set, e.g. how a request gets its id */
  server?: ServerOptions;
  /** left out: no span is made */
  tracing?: RequestTracing | undefined;
  /** left out: clients connect without TLS */
  tls?: ReturnType<ServiceTls['serverOptions']>;
  /** how long a connection is used at least; left out: as long as the client likes */
  connectionMs?: number | undefined;
}

/** The options of Node's server. @param tls undefined: without TLS */
function listenerOptions(
  { maxHeaderBytes = MAX_HEADER_BYTES, checksHost = false }: ServerOptions,
  tls: CreateOptions['tls'],
) {
  const http = {
    maxHeaderSize: maxHeaderBytes,
    requireHostHeader: !checksHost,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: DEADLINE_CHECK_MS,
  };
  return tls ? { https: { ...http, ...tls } } : { http };
}

/** Sees to what comes before any hook, and to connections over which nothing comes. */
function takeRequests(
  instance: FastifyInstance,
  edge: Parameters<typeof takeEveryRequest>[1],
  { trustProxy = false, connectionMs }: ServerOptions & Pick<CreateOptions, 'connectionMs'>,
): void {
  const listener = instance.server;
  const endUnused = unusedConnectionsOf(listener);
  instance.addHook('preClose', (done) => {
    endUnused();
    done();
  });
  takeEveryRequest(listener, edge);
  if (connectionMs !== undefined) endOldConnections(listener, connectionMs);
  if (trustProxy) passOverPorts(listener);
}

/**
 * Builds a service's HTTP application without listening, for {@link runService} and for tests.
 */
export async function createService(
  module: DynamicModule,
  logger: Logger,
  { publicUrl, server = {}, tracing, tls, connectionMs }: CreateOptions,
): Promise<NestFastifyApplication> {
  const unrouted = new UnroutedAttempts();
  const edge = { publicUrl, logger, attempts: unrouted };
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: UNUSED_MS,
    ...listenerOptions(server, tls),
    clientErrorHandler: answerUnparsed(edge),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    genReqId: inheritRequestId,
    // Requests whose URL cannot be decoded never reach a handler.
    frameworkErrors: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const error = sendOutcome(request, reply, thrown, publicUrl);
      const { id: requestId, ip: address, method, url } = request;
      unrouted.refuse({ requestId, address, method, url, error });
    },
    ...server,
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    // Each service decides which bodies it accepts.
    bodyParser: false,
  });
  const instance = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  takeRequests(instance, edge, { ...server, connectionMs });
  app.useGlobalPipes(schemaPipe());
  if (tracing) traceRequests(instance, tracing);
  const rules = app.get<AttemptRules>(ATTEMPT_RULES, { strict: false });
  const metrics = app.get<Metrics>(METRICS, { strict: false });
  watchAttempts(instance, rules, logger, countUnfinished(metrics));
  logRequests(app, logger);
  measureHttp(instance, metrics);
  unrouted.start(rules, countRefusals(instance, metrics));
  return app;
}

const shownOf = (service: ServiceName, config: z.infer<typeof ServiceConfig>) => {
  const { HOST: host, METRICS_PORT: port, RELEASE: release } = config;
  return { service, release, host, port };
};

/** The port of the metrics is open as long as the process lives, so that its end is seen too. */
async function showMetrics(
  app: INestApplication<Server>,
  shown: ReturnType<typeof shownOf>,
  logger: Logger,
): Promise<void> {
  const metrics = app.get<Metrics>(METRICS, { strict: false });
  const checks = app.get<Readiness>(READINESS, { strict: false });
  describeProcess(metrics, shown, checks);
  await serveMetrics(metrics, checks, shown, logger);
}

/** undefined_table of Postgres */
const NO_TABLE = '42P01';

/** The reason in one line. An error of several failed connections has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (error instanceof Error && 'code' in error && error.code === NO_TABLE)
    return `${error.message}: were the migrations applied to this database (npm run migrate)?`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a service until SIGTERM or SIGINT: configuration, what it needs, module, listen, drain, close. If the start fails, it prints
 * one readable line and exits with a non-zero code.
 */
export async function runService<Schema extends z.ZodType<z.infer<typeof ServiceConfig>>>(
  definition: ServiceDefinition<Schema>,
): Promise<void> {
  let logger = createLogger(definition.name, 'info');
  const forgetSignals = endOnSignal(() => logger);
  try {
    const config = loadConfig(definition.schema, process.env);
    logger = createLogger(definition.name, config.LOG_LEVEL);
    const tls = ServiceTls.of(definition.name, config);
    useForFetch(tls);
    const shown = shownOf(definition.name, config);
    await waitForNeeds(definition.needs?.(config) ?? {}, shown, logger);
    const module = await definition.module(config, logger, tls);
    const server = definition.server?.(config);
    const endTracing = await beginTracing(definition.name, config);
    const tracing = endTracing && (definition.tracing?.(config) ?? AMONG_SERVICES);
    // What faces the public has a proxy before it, which spreads requests.
    const connectionMs = TOPOLOGY[definition.name].ingress ? undefined : CONNECTION_MS;
    const options = {
      ...{ publicUrl: config.PUBLIC_URL, server, tracing },
      ...{ tls: tls?.serverOptions(), connectionMs },
    };
    const app = await createService(module, logger, options);
    await definition.configure?.(app, config, logger);
    await app.listen(config.PORT, config.HOST);
    tls?.follow(app.getHttpServer(), logger);
    tls?.report(app.get<Metrics>(METRICS, { strict: false }));
    await showMetrics(app, shown, logger);
    logger.info({ host: config.HOST, port: config.PORT }, 'listening');
    forgetSignals();
    void stopOnSignal(app, logger, endTracing ?? (async () => undefined));
  } catch (error) {
    logger.fatal({ reason: reasonOf(error) }, 'not started');
    process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
  }
}
