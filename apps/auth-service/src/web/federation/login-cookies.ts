/**
 * What a browser keeps of a login at the plan's identity provider: the id_token, sealed, with which it logs out there; and
 * that it has logged out here, so that the next login asks who it is.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { seal, unseal } from '../../domain/keys/secrets.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

type Place = Pick<Tenant, 'id' | 'issuer'>;

/** Browsers keep 4,096 characters of a cookie with its name. A longer id_token is not kept: the provider then asks. */
const MAX_CHARACTERS = 3_800;
const LOGGED_OUT_SECONDS = 24 * 60 * 60;

const nameOf = ({ id, issuer }: Place, what: 'at-plan' | 'logged-out'): string =>
  `${issuer.startsWith('https:') ? '__Secure-' : ''}${id}-${what}`;

const contextOf = ({ id }: Place): string => `${id}/id-token`;

function setCookie(
  place: Place,
  reply: FastifyReply,
  what: 'at-plan' | 'logged-out',
  value: string,
  age?: number,
) {
  const secure = place.issuer.startsWith('https:') ? '; Secure' : '';
  const ends = age === undefined ? '' : `; Max-Age=${age}`;
  const attributes = `Path=/auth/${place.id}${ends}; HttpOnly; SameSite=Lax${secure}`;
  void reply.header('set-cookie', `${nameOf(place, what)}=${value}; ${attributes}`);
}

function cookieOf(
  place: Place,
  { headers }: Pick<FastifyRequest, 'headers'>,
  what: 'at-plan' | 'logged-out',
) {
  const begin = `${nameOf(place, what)}=`;
  const pairs = (headers.cookie ?? '').split(/; */);
  return pairs.find((pair) => pair.startsWith(begin))?.slice(begin.length);
}

export function rememberLoginAtPlan(key: Buffer, place: Place, reply: FastifyReply, idToken: string): void {
  const value = seal(key, contextOf(place), idToken).toString('base64url');
  if (value.length <= MAX_CHARACTERS) setCookie(place, reply, 'at-plan', value);
  else setCookie(place, reply, 'at-plan', '', 0);
  setCookie(place, reply, 'logged-out', '', 0);
}

/** @returns the id_token of the login at this browser */
export function loginAtPlan(
  key: Buffer,
  place: Place,
  request: Pick<FastifyRequest, 'headers'>,
): string | undefined {
  const value = cookieOf(place, request, 'at-plan');
  if (!value) return undefined;
  try {
    return unseal(key, contextOf(place), Buffer.from(value, 'base64url'));
  } catch {
    return undefined;
  }
}

export const forgetLoginAtPlan = (place: Place, reply: FastifyReply): void =>
  setCookie(place, reply, 'at-plan', '', 0);

export const rememberLogOut = (place: Place, reply: FastifyReply): void =>
  setCookie(place, reply, 'logged-out', '1', LOGGED_OUT_SECONDS);

/** Has somebody logged out at this browser since the last login? */
export const hasLoggedOut = (place: Place, request: Pick<FastifyRequest, 'headers'>): boolean =>
  cookieOf(place, request, 'logged-out') === '1';
