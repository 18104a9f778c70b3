import { createHash, timingSafeEqual } from 'node:crypto';
import { PassportStrategy } from '@nestjs/passport';
import { loginRequired } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';

/** Passport name of {@link ProducerStrategy}. */
export const PRODUCER = 'producer';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** The secret that producers of access events sign with, as a bearer token: who shows it delivers, and reads nothing. */
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
