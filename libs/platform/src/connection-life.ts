/**
 * A Service of Kubernetes gives a connection to one replica, and each request goes where its connection leads. A gateway that uses all
 * of its connections opens no other one: a replica that is added would get nothing while the others have too much (ADR 155).
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection is used for this time at least, and for twice as long at most: so those of a start do not end together. */
export const CONNECTION_MS = 20_000;

const ENDS = Symbol('end of the connection');

/** @property [ENDS] `performance.now()` */
interface Aging extends Socket {
  [ENDS]?: number;
}

/** Announces the end of a connection with an answer, so that no request is on its way. @param ms see {@link CONNECTION_MS} */
export function endOldConnections(server: Server, ms: number): void {
  server.prependListener('request', (request, response) => {
    const socket = request.socket as Aging;
    socket[ENDS] ??= performance.now() + ms * (1 + Math.random());
    if (socket[ENDS] < performance.now()) response.shouldKeepAlive = false;
  });
}
