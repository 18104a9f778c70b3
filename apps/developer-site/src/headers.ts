import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** A year (RFC 6797). */
const STRICT_TRANSPORT = 'max-age=31536000';

/** `server` of the service. A request from outside gets an id of ours, because its events are kept under it. */
export const siteServer = ({ TRUSTED_PROXIES }: { TRUSTED_PROXIES?: string | false }) => ({
  genReqId: () => randomUUID(),
  trustProxy: TRUSTED_PROXIES ?? false,
});

/**
 * Headers of every answer, whatever it is. A page that this site opens, or that opens it, is no window to it.
 *
 * @param publicUrl of the API; where that is https, so is this site
 */
export function protectPages(app: NestFastifyApplication, publicUrl: string): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const isHttps = publicUrl.startsWith('https:');
  server.addHook('onRequest', (_request, { raw }, done) => {
    raw.setHeader('x-content-type-options', 'nosniff');
    raw.setHeader('x-frame-options', 'DENY');
    raw.setHeader('referrer-policy', 'no-referrer');
    raw.setHeader('cross-origin-opener-policy', 'same-origin');
    raw.setHeader('cross-origin-resource-policy', 'same-origin');
    if (isHttps) raw.setHeader('strict-transport-security', STRICT_TRANSPORT);
    done();
  });
}
