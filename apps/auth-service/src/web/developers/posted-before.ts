/** Answers a form that was carried out before: the answer to the first press has not come to the page, or was loaded again. */
import { noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { developerPath } from '../../domain/urls.ts';
import { seeOther } from '../session/session-context.ts';
import type { OwnPage } from './developer-context.ts';

const REASON = 'posted-before';

/** What the list of apps says then, by its parameter `done`. */
export const BEFORE = {
  registered: [
    'registered-before',
    'This form was sent before, and its app is registered. If you have not seen its secret, open the app and make another one.',
  ],
  applied: ['applied-before', 'This form was sent before, and the application is with the plan.'],
} as const;

/** Leads to the list, which has what the first press has made. */
export function leadToList(
  { request, reply, frame }: OwnPage,
  [done]: (typeof BEFORE)[keyof typeof BEFORE],
): FastifyReply {
  noteReason(request, REASON);
  return seeOther(reply, `${developerPath(frame.tenant)}?done=${done}`);
}
