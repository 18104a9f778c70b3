import { Controller, Get, Headers, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { REPLICA_ID_HEADER, REPLICAS_EVENT, REVOCATIONS_PATH } from '@patient-access/internal-api';
import type { FastifyReply } from 'fastify';
import { ChangeFeed } from '../../domain/changes/change-feed.ts';
import { LiveReplicas } from '../../domain/replicas/live-replicas.ts';
import { isUuid } from '../../domain/uuid.ts';

const KEEPALIVE_MS = 2_000;
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** Tells the gateway which tokens and grants have just been revoked. */
@Controller(REVOCATIONS_PATH)
export class RevocationsController {
  private readonly feed: ChangeFeed;
  private readonly replicas: LiveReplicas;

  constructor(@Inject(ChangeFeed) feed: ChangeFeed, @Inject(LiveReplicas) replicas: LiveReplicas) {
    this.feed = feed;
    this.replicas = replicas;
  }

  /** A stream of `data: {notice}` and comments, as the contract says (libs/internal-api, authorization-server.ts). */
  @Get()
  stream(@Headers(REPLICA_ID_HEADER) gateway: string | undefined, @Res() reply: FastifyReply): void {
    if (!this.feed.listening) throw new ServiceUnavailableException();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, HEADERS);
    raw.write(':connected\n\n');
    const isNamed = gateway !== undefined && isUuid(gateway);
    const leave = isNamed ? this.replicas.listen(gateway) : () => undefined;
    const tell = (notice: string) => raw.write(`data: ${notice}\n\n`);
    const keepAlive = () => {
      raw.write(':keepalive\n\n');
      if (isNamed) raw.write(`event: ${REPLICAS_EVENT}\ndata: ${this.replicas.count('fhir-gateway')}\n\n`);
    };
    const end = () => raw.end();
    const alive = setInterval(keepAlive, KEEPALIVE_MS);
    this.feed.on('revoked', tell).once('lost', end);
    raw.once('close', () => {
      leave();
      clearInterval(alive);
      this.feed.off('revoked', tell).off('lost', end);
    });
  }
}
