/** A developer logs in and out. */
import { inTransaction } from '@patient-access/database';
import type { FastifyReply } from 'fastify';
import { parseEmailAddress } from '../../domain/accounts/email-address.ts';
import { verifyPassword } from '../../domain/accounts/password.ts';
import { recordAct } from '../../domain/audit/acts.ts';
import { developerPasswordRules } from '../../domain/developers/developer-rules.ts';
import {
  DEVELOPERS,
  endDeveloperSession,
  findDeveloper,
  openSession,
} from '../../domain/developers/developers.ts';
import type { ThrottledAttempt } from '../../domain/throttle/throttle.ts';
import { unlessBusy } from '../../domain/throttle/unless-busy.ts';
import { developerPath } from '../../domain/urls.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { postedForm } from '../pages/posted-form.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import type { DeveloperContext, OwnPage } from './developer-context.ts';
import { setDeveloperCookie } from './developer-cookie.ts';
import { developerLoginPage } from './pages/account.ts';

const REFUSED = 401;
const TOO_MANY = 429;

/** An unknown address takes as long as a wrong password. @returns undefined when they do not fit */
async function check(
  { services, server, frame }: DeveloperContext,
  attempt: ThrottledAttempt,
  { email, password }: { email: string; password: string },
) {
  const known = await findDeveloper(services.pool, frame.tenant, email);
  const { throttle } = server.stores;
  const isRight = await unlessBusy(throttle, attempt, () => verifyPassword(known?.hash, password));
  return isRight ? known : undefined;
}

/** @returns the value of the cookie; undefined for a password that was replaced meanwhile */
function open(
  { services, request, frame: { tenant } }: DeveloperContext,
  developer: { id: string; hash: string },
  address: string,
): Promise<string | undefined> {
  return inTransaction(services.pool, async (db) => {
    const cookie = await openSession(db, tenant, developer);
    if (cookie === undefined) return undefined;
    const user = { iss: DEVELOPERS, sub: developer.id };
    await recordAct(db, { tenant, user, address, requestId: request.id }, { action: 'developer-login' });
    return cookie;
  });
}

/** The login page again. */
function refuse(
  { request, reply, frame, kept }: DeveloperContext,
  problem: string,
  status: number,
): FastifyReply {
  const email = postedForm(request).get('email') ?? '';
  return sendPage(reply, developerLoginPage(frame, { problem, email, kept: kept?.sealed }), status);
}

/**
 * Checks address and password, and opens a session for this browser.
 *
 * @returns the value of its cookie; undefined when the login page was sent again
 */
export async function enterAccount(context: DeveloperContext): Promise<string | undefined> {
  const { services, server, request, reply, place } = context;
  const fields = postedForm(request);
  const email = parseEmailAddress(fields.get('email') ?? '') ?? '';
  const address = clientAddress(request);
  const attempt = await server.stores.throttle.take(
    developerPasswordRules(services.throttleKey, email, address),
  );
  if ('waitSeconds' in attempt) {
    void reply.header('Retry-After', String(attempt.waitSeconds));
    return void refuse(context, 'Too many attempts were wrong. Try again later.', TOO_MANY);
  }
  const developer = await check(context, attempt, { email, password: fields.get('password') ?? '' });
  const cookie = developer && (await open(context, developer, address));
  if (cookie === undefined) return void refuse(context, 'Address and password do not fit together.', REFUSED);
  await server.stores.throttle.succeeded(attempt);
  setDeveloperCookie(place, reply, cookie);
  return cookie;
}

export async function logInDeveloper(context: DeveloperContext): Promise<void> {
  const { reply, frame } = context;
  if ((await enterAccount(context)) !== undefined) await seeOther(reply, developerPath(frame.tenant));
}

export async function logOutDeveloper({
  services,
  reply,
  frame,
  place,
  session,
}: OwnPage): Promise<FastifyReply> {
  await endDeveloperSession(services.pool, frame.tenant, session.id);
  setDeveloperCookie(place, reply, '');
  return seeOther(reply, developerPath(frame.tenant, 'login'));
}
