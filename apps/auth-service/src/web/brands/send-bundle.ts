import { matchesEtag } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { digest } from '../../domain/keys/secrets.ts';

/** Any web page may read it (checklist item 103). */
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag' };
const PREFLIGHT = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'If-None-Match',
  'access-control-max-age': '3600',
};
const CACHE_SECONDS = 3_600;

/** Answers a preflight request. */
export function allowAnyPage(reply: FastifyReply): void {
  void reply
    .code(204)
    .headers({ ...OPEN, ...PREFLIGHT })
    .send();
}

/** @param known `If-None-Match` of the request */
export function sendBundle(reply: FastifyReply, bundle: string, known: string | undefined): void {
  const etag = `W/"${digest(bundle)}"`;
  const unchanged = known !== undefined && matchesEtag(known, etag);
  void reply
    .code(unchanged ? 304 : 200)
    .headers({ ...OPEN, etag, 'cache-control': `public, max-age=${CACHE_SECONDS}` })
    .type('application/fhir+json; charset=utf-8')
    .send(unchanged ? undefined : bundle);
}
