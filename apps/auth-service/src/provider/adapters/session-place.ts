/** Where a session is stored, and since when its login counts: domain/grants/records.ts refuses one that has ended. */
import Provider, { type Session } from 'oidc-provider';

/** oidc-provider's types leave out the id that a session had before it got another one in this request. */
type Stored = Session & { oldId?: string };

interface LoginResult {
  login?: { loginsEnded?: number };
}

const sessionOfRequest = (): Stored | undefined => Provider.ctx?.oidc.session;

/** Does the session that this request stores take the place of the record with this id? Then nobody deletes it before. */
export const isReplaced = (id: string): boolean => sessionOfRequest()?.oldId === id;

/**
 * @param id of the session
 * @returns `replaces`: the id under which the session was read, absent if it begins now; `loginsEnded`: of the account when
 *   the login began that this request completes
 */
export function sessionPlaceOf(id: string): { replaces?: string; loginsEnded?: number } {
  const session = sessionOfRequest();
  // Our own pages store only sessions that they have read. One that begins now has no time of issue yet.
  const isThere = session === undefined || (session.iat as number | undefined) !== undefined;
  const { login } = (Provider.ctx?.oidc.result ?? {}) as LoginResult;
  const loginsEnded = login?.loginsEnded;
  return {
    ...(isThere && { replaces: session?.oldId ?? id }),
    ...(loginsEnded !== undefined && { loginsEnded }),
  };
}
