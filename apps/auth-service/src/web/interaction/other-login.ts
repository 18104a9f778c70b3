/** A browser may be shared, and somebody else's login may still be good in it. */
import { ForbiddenException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ASKED_SCOPE } from '../../provider/authorization/audience.ts';
import type { InteractionContext } from './interaction-context.ts';

/** What is said anew, or names the login that is not hers. */
const SAID_ANEW = new Set(['prompt', 'login_hint', 'scope', ASKED_SCOPE]);

/**
 * @returns whether the request can begin again: a launch is good once, a hint names the one login that the app takes, and some
 *   clients push each request
 */
export function mayLogInAgain({ interaction: { params }, client }: InteractionContext): boolean {
  const isForThisLogin = params['launch'] !== undefined || params['id_token_hint'] !== undefined;
  return !isForThisLogin && client['requirePushedAuthorizationRequests'] !== true;
}

/** Begins the same request of the app again, with a login. Whoever is logged in stays so until somebody else is. */
export async function logInAgain(context: InteractionContext): Promise<FastifyReply> {
  if (!mayLogInAgain(context)) throw new ForbiddenException();
  const { interaction, server, reply } = context;
  const { params } = interaction;
  const given = Object.entries(params).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !SAID_ANEW.has(entry[0]),
  );
  const query = new URLSearchParams(given);
  query.set('scope', String(params[ASKED_SCOPE] ?? params['scope']));
  query.set('prompt', 'login');
  return reply.redirect(`${server.tenant.issuer}/authorize?${query}`, 303);
}
