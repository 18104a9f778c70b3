/** The bodies of requests. They are passed on as bytes, and read only for what two readers could read differently. */
import { isUtf8 } from 'node:buffer';
import { invalid } from '@patient-access/fhir';
import type { FastifyInstance } from 'fastify';
import { hasDuplicateKeys } from './duplicate-keys.ts';

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i;

/** @throws OperationError 400 for text that is not UTF-8, and for JSON in which a key comes twice (RFC 8259 section 4) */
function checkBody(body: Buffer, contentType: string): void {
  if (!isUtf8(body)) throw invalid('The body is not UTF-8.');
  if (JSON_TYPE.test(contentType) && hasDuplicateKeys(body.toString()))
    throw invalid('A key comes twice in one JSON object.');
}

/** Every body that is taken here is text: a form or JSON. */
export function takeBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      checkBody(body, request.headers['content-type'] ?? '');
      done(null, body);
    } catch (error) {
      done(error as Error);
    }
  });
}
