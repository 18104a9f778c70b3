import { createHash, timingSafeEqual } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import { loginRequired } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';

/** Passport name of {@link ProducerStrategy}. */
export const PRODUCER = 'producer';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Accepts the producers' secret as a bearer token. A caller with it may deliver events, and may not read any. */
export class ProducerStrategy extends PassportStrategy(RequestStrategy, PRODUCER) {
  private readonly expected: Buffer;

  constructor(secret: string) {
    super();
    this.expected = digest(`Bearer ${secret}`);
  }

  validate({ headers: { authorization = '' } }: FastifyRequest): object {
    if (!timingSafeEqual(digest(authorization), this.expected)) throw loginRequired();
    return {};
  }
}
