/**
 * The edge of every service: each request that it takes leaves an event in the audit trail, whatever route it is for and
 * however it ends. No route has to remember it (docs/adr/0062-account-for-every-request-at-the-edge.md).
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { InFlight } from '@patient-access/concurrency';
import { errorOfStatus, type OperationError } from '@patient-access/fhir';
import type { AttemptReport } from '@patient-access/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging.ts';
import { isPreflight } from '../preflight.ts';
import { NO_ROUTE, httpRouteOf } from '../route.ts';
import { type Attempt, attemptOf, type KnownCaller } from './attempt.ts';
import type { AttemptRules } from './attempt-rules.ts';

/** What the platform itself asks each process, and which says nothing about anybody. */
const PROBES = /^\/health\/(?:live|ready)$/;
/** The client went away before the answer was complete. */
const CLIENT_LEFT = 'client-left';

const isGood = (status: number): boolean => status >= 200 && status < 300;
const isRedirection = (status: number): boolean => status >= 300 && status < 400;
const outcomeOf = (status: number): AttemptReport['outcome'] => (status >= 500 ? '12' : '4');
/** How the tables of {@link AttemptRules} name a route. */
const listedAs = (request: FastifyRequest): string =>
  `${request.method === 'HEAD' ? 'GET' : request.method} ${httpRouteOf(request)}`;

/** A request that Node's parser or the router refused, so that no hook has seen it. */
export interface Unrouted {
  requestId: string;
  address: string;
  method: string;
  /** as far as it is known */
  url: string;
  error: OperationError;
}

/** What is refused before there is a route; the rules are known when the service has been built. */
export class UnroutedAttempts {
  private rules: AttemptRules | undefined;
  private count: (code: string) => void = () => undefined;

  /** @param count counts a refusal by its code */
  start(rules: AttemptRules, count: (code: string) => void): void {
    this.rules = rules;
    this.count = count;
  }

  refuse({ requestId, address, method, url, error: { status, reason, error: code } }: Unrouted): void {
    this.count(code);
    this.rules?.counter.refuse({
      tenant: this.rules.planOf(url),
      ...{ requestId, address, reason },
      outcome: outcomeOf(status),
      request: `${method} ${NO_ROUTE}`,
    });
  }
}

/** What has to be read of a request at its start: later the connection is gone, or the URL was changed for oidc-provider. */
interface Began {
  method: string;
  url: string;
  address: string;
}

/** How a request ended. */
interface Ending {
  status: number;
  /** whether the whole answer was handed to the network */
  isWhole: boolean;
  headersSent: boolean;
}

const endingOf = ({ statusCode, writableFinished, headersSent }: ServerResponse): Ending => ({
  status: statusCode,
  isWhole: writableFinished,
  headersSent,
});

class AttemptWatch {
  private readonly rules: AttemptRules;
  private readonly logger: Logger;
  private readonly countUnfinished: (request: FastifyRequest) => void;

  constructor(rules: AttemptRules, logger: Logger, countUnfinished: (request: FastifyRequest) => void) {
    this.rules = rules;
    this.logger = logger;
    this.countUnfinished = countUnfinished;
  }

  /** Does a good answer need an event that it does not have? What comes after a preflight leaves its own. */
  lacksEvent(request: FastifyRequest, { isRecorded, isPassedOn, isRefused }: Attempt): boolean {
    if (isRecorded || isPassedOn || isRefused || isPreflight(request)) return false;
    return !(listedAs(request) in this.rules.withoutEvent);
  }

  /** What leads on elsewhere gives nothing, so it is not withheld. But it may be how a request is refused. */
  private isFreeRedirection(request: FastifyRequest): boolean {
    return listedAs(request) in (this.rules.leadsOn ?? {});
  }

  /** The request has ended: what left no event is recorded now. */
  end(request: FastifyRequest, began: Began, ending: Ending): void {
    const attempt = attemptOf(request);
    if (PROBES.test(httpRouteOf(request))) return;
    if (!ending.isWhole) {
      this.countUnfinished(request);
      return this.breakOff(request, began, ending);
    }
    const { status } = ending;
    const isRefused = attempt.isRefused || (isRedirection(status) && attempt.reason !== undefined);
    // An owner has recorded what it gave, and then this service answered with an error of its own.
    if (attempt.isPassedOn && attempt.reason !== undefined) return this.breakOff(request, began, ending);
    if (attempt.isRecorded || attempt.isPassedOn) return;
    if (isRedirection(status) && !isRefused && this.isFreeRedirection(request)) return;
    if (status < 400 && !isRefused) return this.missEvent(request, began, attempt);
    const reason = attempt.reason ?? errorOfStatus(status) ?? `http-${status}`;
    this.rules.counter.refuse({ ...this.unrecorded(request, began), reason, outcome: outcomeOf(status) });
  }

  /** A good answer that went round the hooks, as of oidc-provider, or a redirection, and has no event: a fault of ours. */
  private missEvent(request: FastifyRequest, began: Began, attempt: Attempt): void {
    if (!this.lacksEvent(request, attempt)) return;
    this.logger.error({ requestId: request.id, route: httpRouteOf(request) }, 'answered without an event');
    this.rules.counter.refuse({ ...this.unrecorded(request, began), reason: 'unrecorded', outcome: '12' });
  }

  private breakOff(request: FastifyRequest, began: Began, { status, headersSent }: Ending): void {
    const attempt = attemptOf(request);
    const reason = attempt.reason ?? CLIENT_LEFT;
    const interrupt = () =>
      this.rules.counter.interrupt({ ...this.unrecorded(request, began), reason, outcome: '4' });
    if (!attempt.isRecorded && !attempt.isPassedOn && !headersSent) {
      // Its handler goes on: what it records from now on as given does not arrive.
      attempt.onLateEvent = interrupt;
      const outcome = outcomeOf(status);
      return this.rules.counter.refuse({ ...this.unrecorded(request, began), reason, outcome });
    }
    // A stream without an event gives nothing that could be broken off.
    if (isGood(status) && !this.lacksEvent(request, { ...attempt, isRecorded: false, isPassedOn: false }))
      return;
    interrupt();
  }

  private unrecorded(request: FastifyRequest, { method, url, address }: Began) {
    const known: Partial<KnownCaller> | undefined =
      attemptOf(request).known ?? this.rules.callerOf?.(request);
    const { tenant = this.rules.planOf(url), caller, isClaimed } = known ?? {};
    return {
      tenant,
      requestId: request.id,
      address,
      request: `${method} ${httpRouteOf(request)}`,
      ...(caller && { caller }),
      ...(isClaimed && { isClaimed }),
    };
  }
}

/** An answer that may not leave: nothing of what was asked for, and where it can be repeated, when. */
function withhold(request: FastifyRequest, reply: FastifyReply, status: 500 | 503): string {
  reply.code(status).header('content-type', 'application/json').header('cache-control', 'no-store');
  reply.removeHeader('content-length').removeHeader('content-encoding').removeHeader('content-disposition');
  if (status === 503) void reply.header('retry-after', '2');
  const error = status === 503 ? 'temporarily_unavailable' : 'server_error';
  return JSON.stringify({
    error,
    error_description: 'not recorded, so not answered',
    request_id: request.id,
  });
}

/** By connection, what is called for each of its requests that have not ended. */
const open = new WeakMap<Socket, InFlight<() => void>>();

/** @returns the requests of a connection that have not ended: each of them ends with the connection */
function openAt(socket: Socket): InFlight<() => void> {
  const known = open.get(socket);
  if (known) return known;
  const requests = new InFlight<() => void>();
  open.set(socket, requests);
  socket.once('close', () => requests.takeAll().forEach((ended) => ended()));
  return requests;
}

/**
 * Calls back once, when the answer has ended. An answer that waits behind another one was not given the connection yet. Node
 * ends it with the connection, but not after a request for a tunnel: then it takes all its own listeners away.
 */
function onEnd(socket: Socket, response: ServerResponse, ended: () => void): void {
  const leave = openAt(socket).add(ended);
  response.once('close', () => {
    if (leave()) ended();
  });
}

/**
 * Adds the hooks. They come before all others, and a service cannot leave them out.
 *
 * @param countUnfinished is told of each request whose answer did not get to its end
 */
export function watchAttempts(
  server: FastifyInstance,
  rules: AttemptRules,
  logger: Logger,
  countUnfinished: (request: FastifyRequest) => void,
): void {
  const watch = new AttemptWatch(rules, logger, countUnfinished);
  server.addHook('onRequest', (request, { raw }, done) => {
    const began = { method: request.method, url: request.url, address: rules.addressOf(request) };
    onEnd(request.raw.socket, raw, () => watch.end(request, began, endingOf(raw)));
    done();
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    const attempt = attemptOf(request);
    const isFree = !isGood(reply.statusCode) || PROBES.test(httpRouteOf(request));
    if (isFree || !watch.lacksEvent(request, attempt)) return done(null, payload);
    const settled = rules.record?.(request, reply.statusCode) ?? Promise.resolve();
    settled.then(
      () => {
        if (!watch.lacksEvent(request, attempt)) return done(null, payload);
        logger.error(
          { requestId: request.id, route: httpRouteOf(request) },
          'no event: the answer is withheld',
        );
        done(null, withhold(request, reply, 500));
      },
      (error: unknown) => {
        logger.error({ requestId: request.id, err: error }, 'the event was not recorded');
        done(null, withhold(request, reply, 503));
      },
    );
  });
}
