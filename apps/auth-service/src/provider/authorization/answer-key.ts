/**
 * Binds the answer of a page to the browser that gave it (ADR 142). The response that stores an answer sets a cookie, the
 * answer key. Its digest is stored with the answer. Only who has the key goes on with the answer, and opens where it led.
 */
import { randomBytes } from 'node:crypto';
import { issuerPath } from '@patient-access/internal-api';
import { noteReason } from '@patient-access/platform';
import type { Interaction, KoaContextWithOIDC } from 'oidc-provider';
import { cookieIn } from '../../domain/cookies.ts';
import { INTERACTION_SECONDS } from '../../domain/grants/lifetimes.ts';
import { digest, hmac, type Keys, sameText } from '../../domain/keys/secrets.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { interactionPath } from '../../domain/urls.ts';

type Place = Pick<Tenant, 'id' | 'issuer'>;
type Answered = Pick<Interaction, 'result'>;

const KEY_BYTES = 32;

/** In an interaction's result: the digest of the answer key. Without it nobody goes on from an answer. */
export const ANSWERED_WITH = 'answeredWith';

/** Why another browser gets no further, for the trail. */
export const ANSWERED_ELSEWHERE = 'answered-elsewhere';
/** Why the browser itself gets no further: somebody else has logged in there, or the person has logged out. */
export const ANOTHER_LOGIN = 'another-login';

/**
 * The answer key of a posted form. The same decision posted again has the same one, so a browser that gets no answer to the
 * first of two presses gets the key with the second. Nobody else can make the form: it has a random value of the page that was
 * shown (web/interaction/show-page.ts).
 *
 * @param decision of the form (`postedDecision` in web/pages/posted-form.ts), or what the browser brings back from the plan's
 *   identity provider
 */
export const answerKeyOf = (key: Keys, uid: string, decision: URLSearchParams): string =>
  hmac(key, `form/${uid}/${decision}`);

/** The answer key where no form was posted and no code brought back, as after a launch that does not fit. */
export const newAnswerKey = (): string => randomBytes(KEY_BYTES).toString('base64url');

const nameOf = ({ id, issuer }: Place): string =>
  `${issuer.startsWith('https:') ? '__Secure-' : ''}${id}-answer`;

/**
 * @returns the lines of `Set-Cookie` that give a browser the key: for the resume, and for the page itself, which leads on when
 *   somebody comes back to it
 */
export function answerCookies(place: Place, uid: string, key: string): string[] {
  const secure = place.issuer.startsWith('https:') ? '; Secure' : '';
  const attributes = `Max-Age=${INTERACTION_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
  const paths = [`${issuerPath(place.id)}/authorize/${uid}`, interactionPath(place.id, uid)];
  return paths.map((path) => `${nameOf(place)}=${key}; Path=${path}; ${attributes}`);
}

/** @returns the answer key that a browser has for the path of its request */
export const heldAnswerKey = (place: Place, cookies: string | undefined): string | undefined =>
  cookieIn(cookies, nameOf(place));

/** Has this interaction an answer, with which the browser can go on? */
export const isAnswered = ({ result }: Answered): boolean =>
  result !== undefined && ['login', 'consent', 'error'].some((name) => name in result);

/** Is it the key of this answer, or of the step to which a login has come? */
export function opensAnswer({ result }: Answered, key: string | undefined): boolean {
  const stored = result?.[ANSWERED_WITH];
  return key !== undefined && typeof stored === 'string' && sameText(digest(key), stored);
}

/** Has somebody else logged in at this browser since the page was answered? oidc-provider would log out by a page with a script. */
function isOfAnother({ oidc }: KoaContextWithOIDC, { result }: Answered): boolean {
  const [is, was] = [oidc.session?.accountId, result?.login?.accountId];
  return is !== undefined && was !== undefined && is !== was;
}

/** @returns why the browser that asks to go on may not: another one has answered the page, or nobody has */
function whyNotResumed(place: Place, ctx: KoaContextWithOIDC, interaction: Answered): string | undefined {
  const isOurs = isAnswered(interaction) && opensAnswer(interaction, heldAnswerKey(place, ctx.get('cookie')));
  if (!isOurs) return ANSWERED_ELSEWHERE;
  return isOfAnother(ctx, interaction) ? ANOTHER_LOGIN : undefined;
}

/** @returns whether the browser that asks to go on may do so; the trail has why not */
export const mayResume =
  (place: Place) =>
  (ctx: KoaContextWithOIDC, interaction: Answered): boolean => {
    const why = whyNotResumed(place, ctx, interaction);
    if (why !== undefined) noteReason({ raw: ctx.req }, why);
    return why === undefined;
  };
