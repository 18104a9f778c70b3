import { sendCompressed } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

const OPEN_TO_ALL = {
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=60',
  vary: 'accept-encoding',
};

/** Sends a document that everybody may read, also any web page. What does not exist is refused before, like any unknown path. */
export function sendOpenly(
  request: FastifyRequest,
  reply: FastifyReply,
  mediaType: 'application/json' | 'application/fhir+json',
  document: string,
): Promise<void> {
  void reply.headers({ ...OPEN_TO_ALL, 'content-type': `${mediaType}; charset=utf-8` });
  return sendCompressed(request, reply, Buffer.from(document));
}
