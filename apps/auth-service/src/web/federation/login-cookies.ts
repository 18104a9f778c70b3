/**
 * What a browser keeps of a login at the plan's identity provider: the id_token, sealed, with which it logs out there; and
 * that it has logged out here, so that the next login asks who it is.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieIn } from '../../domain/cookies.ts';
import { type Keys, seal, unseal } from '../../domain/keys/secrets.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

type What = 'at-plan' | 'logged-out' | 'test-login' | 'log-in-again';
type Place = Pick<Tenant, 'id' | 'issuer'>;

/** Browsers keep 4,096 characters of a cookie with its name. A longer id_token is not kept: the provider then asks. */
const MAX_CHARACTERS = 3_800;
const LOGGED_OUT_SECONDS = 24 * 60 * 60;

const nameOf = ({ id, issuer }: Place, what: What): string =>
  `${issuer.startsWith('https:') ? '__Secure-' : ''}${id}-${what}`;

/** As long as a person has for a login at the provider. */
const TEST_LOGIN_SECONDS = 900;

const contextOf = ({ id }: Place): string => `${id}/id-token`;

function setCookie(place: Place, reply: FastifyReply, what: What, value: string, age?: number) {
  const secure = place.issuer.startsWith('https:') ? '; Secure' : '';
  const ends = age === undefined ? '' : `; Max-Age=${age}`;
  const attributes = `Path=/auth/${place.id}${ends}; HttpOnly; SameSite=Lax${secure}`;
  void reply.header('set-cookie', `${nameOf(place, what)}=${value}; ${attributes}`);
}

const cookieOf = (place: Place, { headers }: Pick<FastifyRequest, 'headers'>, what: What) =>
  cookieIn(headers.cookie, nameOf(place, what));

export function rememberLoginAtPlan(key: Keys, place: Place, reply: FastifyReply, idToken: string): void {
  const value = seal(key, contextOf(place), idToken).toString('base64url');
  if (value.length <= MAX_CHARACTERS) setCookie(place, reply, 'at-plan', value);
  else setCookie(place, reply, 'at-plan', '', 0);
  setCookie(place, reply, 'logged-out', '', 0);
}

function unsealed(key: Keys, context: string, value: string | undefined): string | undefined {
  if (!value) return undefined;
  try {
    return unseal(key, context, Buffer.from(value, 'base64url'));
  } catch {
    return undefined;
  }
}

/** @returns the id_token of the login at this browser */
export const loginAtPlan = (
  key: Keys,
  place: Place,
  request: Pick<FastifyRequest, 'headers'>,
): string | undefined => unsealed(key, contextOf(place), cookieOf(place, request, 'at-plan'));

const againContextOf = ({ id }: Place): string => `${id}/log-in-again`;

/** An authorization request that has left for the provider: see {@link requestToRepeat}. */
interface LeftRequest {
  uid: string;
  parameters: Record<string, string>;
}

/** Keeps the request at the browser, as our own record of it may have expired when the browser comes back. */
export function rememberRequest(key: Keys, place: Place, reply: FastifyReply, left: LeftRequest): void {
  const value = seal(key, againContextOf(place), JSON.stringify(left)).toString('base64url');
  if (value.length <= MAX_CHARACTERS) setCookie(place, reply, 'log-in-again', value, LOGGED_OUT_SECONDS);
}

/** @returns the parameters of the authorization request of that interaction, if this browser left with it */
export function requestToRepeat(
  key: Keys,
  place: Place,
  request: Pick<FastifyRequest, 'headers'>,
  uid: string,
): Record<string, string> | undefined {
  const text = unsealed(key, againContextOf(place), cookieOf(place, request, 'log-in-again'));
  const left = text === undefined ? undefined : (JSON.parse(text) as LeftRequest);
  return left?.uid === uid ? left.parameters : undefined;
}

const testContextOf = ({ id }: Place): string => `${id}/test-login`;

/** Keeps at the browser a test login that has left for the provider. */
export function rememberTestLogin(key: Keys, place: Place, reply: FastifyReply, test: object): void {
  const value = seal(key, testContextOf(place), JSON.stringify(test)).toString('base64url');
  setCookie(place, reply, 'test-login', value, TEST_LOGIN_SECONDS);
}

/** @returns what {@link rememberTestLogin} kept at this browser; the cookie goes */
export function takeTestLogin(
  key: Keys,
  place: Place,
  request: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
): object | undefined {
  const text = unsealed(key, testContextOf(place), cookieOf(place, request, 'test-login'));
  setCookie(place, reply, 'test-login', '', 0);
  return text === undefined ? undefined : (JSON.parse(text) as object);
}

export const forgetLoginAtPlan = (place: Place, reply: FastifyReply): void =>
  setCookie(place, reply, 'at-plan', '', 0);

export const rememberLogOut = (place: Place, reply: FastifyReply): void =>
  setCookie(place, reply, 'logged-out', '1', LOGGED_OUT_SECONDS);

/** Has somebody logged out at this browser since the last login? */
export const hasLoggedOut = (place: Place, request: Pick<FastifyRequest, 'headers'>): boolean =>
  cookieOf(place, request, 'logged-out') === '1';
