/** The cookie of a developer's session. It is for the pages of one plan, on the origin of the developer site. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieIn } from '../../domain/cookies.ts';
import { developerPath } from '../../domain/urls.ts';

/** Where the pages are: a plan, at the scheme and host of the developer site. */
export interface CookiePlace {
  tenant: string;
  developersUrl: string;
}

const isSecure = ({ developersUrl }: CookiePlace): boolean => developersUrl.startsWith('https:');

const nameOf = (place: CookiePlace): string => `${isSecure(place) ? '__Secure-' : ''}developer`;

/** @param value '' removes the cookie */
export function setDeveloperCookie(place: CookiePlace, reply: FastifyReply, value: string): void {
  const secure = isSecure(place) ? '; Secure' : '';
  const ends = value === '' ? '; Max-Age=0' : '';
  const attributes = `Path=${developerPath(place.tenant)}${ends}; HttpOnly; SameSite=Strict${secure}`;
  void reply.header('set-cookie', `${nameOf(place)}=${value}; ${attributes}`);
}

/** @returns undefined also for the empty one of a session that was ended */
export const developerCookie = (
  place: CookiePlace,
  { headers }: Pick<FastifyRequest, 'headers'>,
): string | undefined => cookieIn(headers.cookie, nameOf(place)) || undefined;
