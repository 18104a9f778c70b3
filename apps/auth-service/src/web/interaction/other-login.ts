/** A browser may be shared, and somebody else's login may still be good in it. */
import { ForbiddenException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Client, Interaction } from 'oidc-provider';
import { ASKED_SCOPE } from '../../provider/authorization/audience.ts';
import type { InteractionContext } from './interaction-context.ts';

/** What is said anew, or names the login that is not hers. */
const SAID_ANEW = ['prompt', 'login_hint'];

/** @returns whether the client pushes each request: then none begins at the authorization endpoint */
export const pushesEachRequest = (client: Client): boolean =>
  client['requirePushedAuthorizationRequests'] === true;

/** @returns the parameters with which the same request of the app begins again */
export function parametersToRepeat({ params }: Pick<Interaction, 'params'>): Record<string, string> {
  const { [ASKED_SCOPE]: asked, ...given } = params;
  const texts = Object.entries({ ...given, scope: asked ?? given['scope'] }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

/**
 * @returns whether the request can begin again: a launch is good once, a hint names the one login that the app takes, and some
 *   clients push each request
 */
export function mayLogInAgain({ interaction: { params }, client }: InteractionContext): boolean {
  const isForThisLogin = params['launch'] !== undefined || params['id_token_hint'] !== undefined;
  return !isForThisLogin && !pushesEachRequest(client);
}

/** Begins the same request of the app again, with a login. Whoever is logged in stays so until somebody else is. */
export async function logInAgain(context: InteractionContext): Promise<FastifyReply> {
  if (!mayLogInAgain(context)) throw new ForbiddenException();
  const { interaction, server, reply } = context;
  const query = new URLSearchParams(parametersToRepeat(interaction));
  for (const name of SAID_ANEW) query.delete(name);
  query.set('prompt', 'login');
  return reply.redirect(`${server.tenant.issuer}/authorize?${query}`, 303);
}
