import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { REVOCATIONS_PATH } from '@patient-access/internal-api';
import type { FastifyReply } from 'fastify';
import { ChangeFeed } from '../../domain/changes/change-feed.ts';

const KEEPALIVE_MS = 2_000;
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** Tells the gateway which tokens and grants have just been revoked. */
@Controller(REVOCATIONS_PATH)
export class RevocationsController {
  private readonly feed: ChangeFeed;

  constructor(@Inject(ChangeFeed) feed: ChangeFeed) {
    this.feed = feed;
  }

  /** A stream of `data: {notice}` and comments, as the contract says (libs/internal-api, authorization-server.ts). */
  @Get()
  stream(@Res() reply: FastifyReply): void {
    if (!this.feed.listening) throw new ServiceUnavailableException();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, HEADERS);
    raw.write(':connected\n\n');
    const tell = (notice: string) => raw.write(`data: ${notice}\n\n`);
    const end = () => raw.end();
    const alive = setInterval(() => raw.write(':keepalive\n\n'), KEEPALIVE_MS);
    this.feed.on('revoked', tell).once('lost', end);
    raw.once('close', () => {
      clearInterval(alive);
      this.feed.off('revoked', tell).off('lost', end);
    });
  }
}
