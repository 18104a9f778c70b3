import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { UNUSED_MS } from '@patient-access/platform';
import type { FastifyInstance } from 'fastify';

/** A path that neither an app nor any route has. */
const NOTHING = '/nothing-here';

/** Nobody sends this site more than the head of a request. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 4_500,
  requestTimeout: 9_500,
  connectionsCheckingInterval: 400,
  keepAliveTimeout: UNUSED_MS,
};

/**
 * The port of the test client and of the viewer of cards. It is an origin of its own: browsers keep its scripts and its tokens apart from the pages
 * for developers, and from login. Which port a request came to, nobody can choose by a header.
 */
export class TestClientPort {
  private readonly requests = new WeakSet<IncomingMessage>();
  private readonly paths: ReadonlySet<string>;

  /** @param paths of both; no other is reached through this port, least of all those of accounts */
  constructor(paths: Iterable<string>) {
    this.paths = new Set(paths);
  }

  get hasFiles(): boolean {
    return this.paths.size > 0;
  }

  isFrom(request: IncomingMessage): boolean {
    return this.requests.has(request);
  }

  /** @param app with all of its hooks @returns the port, until the app is closed */
  async listen(app: NestFastifyApplication, host: string, port: number): Promise<number> {
    const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
    const server = createServer(LIMITS, (request, response) => {
      this.requests.add(request);
      const [path = ''] = (request.url ?? '').split('?');
      if (request.method !== 'GET' || !this.paths.has(path)) request.url = NOTHING;
      fastify.routing(request, response);
    });
    fastify.addHook('onClose', (_fastify, done) => {
      server.close();
      done();
    });
    await app.init();
    await fastify.ready();
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, host, done));
    return (server.address() as AddressInfo).port;
  }
}
