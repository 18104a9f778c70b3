import { NotFoundException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { StoredLogo } from '../../domain/logos/logos.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';

/**
 * Whatever is in the bytes, a browser makes a picture of them or nothing: opened alone it is a document that may do nothing,
 * without an origin.
 */
const HEADERS = {
  ...SECURITY_HEADERS,
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Disposition': 'inline',
};

/** @param cache for an address that will always be the same picture @throws NotFoundException without a logo */
export function sendLogo(reply: FastifyReply, logo: StoredLogo | undefined, cache: string): FastifyReply {
  if (!logo) throw new NotFoundException();
  return reply
    .headers({ ...HEADERS, 'Cache-Control': cache })
    .type(logo.type)
    .send(logo.bytes);
}
