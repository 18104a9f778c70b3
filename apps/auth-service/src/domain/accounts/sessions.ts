/** The sessions of a login: one for each browser where somebody is logged in with it. */
import type { Pool } from '@patient-access/database';
import type { RunSql } from '../database.ts';
import { readableJson } from '../grants/records.ts';

export interface LoginSession {
  /** oidc-provider's name for it; the browser's cookie is another value */
  uid: string;
  loggedInAt: Date;
  /** such as `Firefox, Android`; '' when the browser did not say */
  browser: string;
}

interface SessionRow {
  uid: string;
  login_ts: number | null;
  browser: string | null;
}

/** A login page has in it what an app sent. */
const SAID = readableJson('payload');
const LIST = {
  name: 'session-list',
  text: `SELECT uid, (${SAID} ->> 'loginTs')::float8 AS login_ts, ${SAID} ->> 'browser' AS browser
           FROM oidc_record
          WHERE tenant = $1 AND model = 'Session' AND sub = $2 AND expires_at > now()
          ORDER BY 2 DESC NULLS LAST`,
};
/** The session that a record belongs to: itself, or the one in which a login page or consent page is open. */
const SESSION_OF = `CASE model WHEN 'Session' THEN uid ELSE ${SAID} -> 'session' ->> 'uid' END`;
const OF_LOGIN = `DELETE FROM oidc_record WHERE tenant = $1 AND sub = $2 AND model IN ('Session', 'Interaction')`;
const END_ONE = `${OF_LOGIN} AND ${SESSION_OF} = $3 RETURNING model`;
/** A login that waits for its second factor in a new browser has no session: it is ended in both cases. */
const END_OTHERS = `${OF_LOGIN} AND ($3::text IS NULL OR ${SESSION_OF} IS DISTINCT FROM $3) RETURNING model`;

/** Everything of a login that is no grant: also what is kept for a page that it has open. */
const ALL = 'DELETE FROM oidc_record WHERE tenant = $1 AND sub = $2';
/**
 * Comes before the sessions are deleted, in a statement of its own. A request that stores a session of the account holds the
 * row until it has, so its session is deleted too. One that comes later waits for our end, and stores nothing.
 */
const END_LOGINS = 'UPDATE account SET logins_ended = logins_ended + 1 WHERE tenant = $1 AND sub = $2::uuid';

/** @returns the latest login first */
export async function sessionsOf(pool: Pool, tenant: string, sub: string): Promise<LoginSession[]> {
  const { rows } = await pool.query<SessionRow>({ ...LIST, values: [tenant, sub] });
  return rows.map(({ uid, login_ts: seconds, browser }) => ({
    uid,
    loggedInAt: new Date((seconds ?? 0) * 1000),
    browser: browser ?? '',
  }));
}

/**
 * Ends one session of a login, and what was begun in it.
 *
 * @returns false when the login has no such session
 */
export async function endSession(query: RunSql, tenant: string, sub: string, uid: string): Promise<boolean> {
  await query(END_LOGINS, [tenant, sub]);
  return (await query(END_ONE, [tenant, sub, uid])).length > 0;
}

/**
 * Ends the sessions of a login, and what was begun in them. Apps that were connected for as long as the member is
 * logged in end with their session; all other grants stay.
 *
 * @param kept uid of the session that goes on; left out: none does
 */
export async function endSessionsOf(
  query: RunSql,
  tenant: string,
  sub: string,
  kept?: string,
): Promise<void> {
  await query(END_LOGINS, [tenant, sub]);
  await query(END_OTHERS, [tenant, sub, kept ?? null]);
}

/** Ends the sessions of a login and all that its pages have open, whatever it is. Its grants stay. */
export async function logOutEverywhere(query: RunSql, tenant: string, sub: string): Promise<void> {
  await query(END_LOGINS, [tenant, sub]);
  await query(ALL, [tenant, sub]);
}
