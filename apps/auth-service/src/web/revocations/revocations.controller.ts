import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ChangeFeed } from '../../domain/changes/change-feed.ts';

const KEEPALIVE_MS = 2_000;
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

/** For the gateway: which tokens and grants are no longer good, the moment they no longer are. */
@Controller('internal/revocations')
export class RevocationsController {
  private readonly feed: ChangeFeed;

  constructor(@Inject(ChangeFeed) feed: ChangeFeed) {
    this.feed = feed;
  }

  /**
   * A stream of `data: {"tenant"}` with at most one of `grantId`, `jti`, `sub` (a login) and `clientId` beside it, and a
   * comment every two seconds; a tenant alone is all of the tenant. It ends when notices may have been missed: whoever
   * reads it then drops all it has cached, and connects again.
   */
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
