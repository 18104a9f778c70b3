/** Forms with a file (RFC 7578). Pages of developers' accounts alone have them. */
import { BadRequestException, PayloadTooLargeException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { developerPath } from '../../domain/urls.ts';

/** More than any file that is taken, so that the page can say what is wrong with one that is a little too large. */
const MAX_BYTES = 1_048_576;

/** @throws PayloadTooLargeException */
async function readAll(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const [parts, length] = [[] as Buffer[], { sum: 0 }];
  for await (const part of payload) {
    length.sum += part.length;
    if (length.sum > MAX_BYTES)
      throw new PayloadTooLargeException(`A form with a file has at most ${MAX_BYTES} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The body becomes a FormData: see `postedForm` and `logoChangeIn` in `web/`. */
export function takeFiles(fastify: FastifyInstance): void {
  const read = async ({ routeOptions, headers }: FastifyRequest, payload: AsyncIterable<Buffer>) => {
    if (!routeOptions.url?.startsWith(developerPath(':tenant')))
      throw new UnsupportedMediaTypeException('This address takes no file.');
    const body = await readAll(payload);
    const type = { 'content-type': headers['content-type'] ?? '' };
    return new Response(new Uint8Array(body), { headers: type }).formData().catch(() => {
      throw new BadRequestException('The form is malformed.');
    });
  };
  fastify.addContentTypeParser('multipart/form-data', read);
}
