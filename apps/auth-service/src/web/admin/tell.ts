import { attemptOf } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { Told } from '../../domain/administration/told.ts';

/** @returns the answer to a request; its event names all of whom it tells, and is durable before the answer leaves */
export const tell = <Answer>(request: FastifyRequest, told: Told<Answer>): Promise<Answer> =>
  told.after((action, persons) => {
    attemptOf(request).told = { action, persons };
  });
