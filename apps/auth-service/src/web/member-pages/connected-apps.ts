/** The apps that a login has connected. All live grants of one app for one person are one entry. */
import type { Pool } from '@patient-access/database';
import type { EndReason } from '@patient-access/events';
import { hostOf } from '../../domain/apps/same-name.ts';
import { IS_LOGIN_OVER } from '../../domain/consent/login-over.ts';

/** How long the page lists an app whose access has ended. */
const PAST_MONTHS = 13;

interface Entry {
  /** of the latest grant, which stands for all live grants of the same app and person */
  grantId: string;
  clientId: string;
  clientName: string;
  /** logical id of the Patient; null when the app learned only who logged in */
  member: string | null;
  /** host where the latest agreement went back to; '' for an app on the member's device; null: it is not known */
  returnTo: string | null;
  /** the latest agreement */
  agreed: Date;
}

export interface ConnectedApp extends Entry {
  /** of all live grants */
  grantIds: string[];
  /** of all live grants together, space-separated */
  scope: string;
  /** which entry about whoever acts the app may read, by the latest grant that has one; null: none */
  fhirUser: string | null;
  /** ids of the categories of sensitive data that any of them released, space-separated */
  sensitive: string;
  since: Date;
  until: Date;
  usedAt: Date | null;
  /** it had access for as long as a login lasted, and that has ended */
  isLoginOver: boolean;
}

export interface PastApp extends Entry {
  endedAt: Date;
  /** null: it ended on its end date */
  reason: EndReason | null;
}

const ENTRY = `client_id AS "clientId", member, (array_agg(grant_id ORDER BY granted_at DESC))[1] AS "grantId",
               (array_agg(client_name ORDER BY granted_at DESC))[1] AS "clientName"`;
/** A snapshot is long, so it is read of the entry's grant alone. */
const RETURN_TO = `(SELECT ${hostOf('snapshot')} FROM consent latest
                     WHERE latest.tenant = $1 AND latest.grant_id = entry."grantId") AS "returnTo"`;
const LIVE = {
  name: 'connected-apps',
  text: `SELECT entry.*, ${RETURN_TO} FROM (
           SELECT ${ENTRY}, array_agg(grant_id) AS "grantIds", string_agg(scope, ' ') AS scope,
                  (array_agg(fhir_user ORDER BY granted_at DESC) FILTER (WHERE fhir_user IS NOT NULL))[1] AS "fhirUser",
                  string_agg(array_to_string(sensitive, ' '), ' ') AS sensitive, min(granted_at) AS since,
                  max(granted_at) AS agreed, max(least(until, over_at)) AS until, max(used_at) AS "usedAt",
                  bool_and(${IS_LOGIN_OVER}) AS "isLoginOver"
             FROM consent LEFT JOIN grant_use USING (tenant, grant_id)
            WHERE tenant = $1 AND sub = $2 AND revoked_at IS NULL AND until > now()
            GROUP BY client_id, member
         ) entry
          ORDER BY agreed DESC`,
};
/** The last grant of each app and person that has no live grant. */
const PAST = {
  name: 'past-apps',
  text: `SELECT entry.*, ${RETURN_TO} FROM (
           SELECT DISTINCT ON (client_id, member) client_id AS "clientId", member, grant_id AS "grantId",
                  client_name AS "clientName", granted_at AS agreed, least(revoked_at, until) AS "endedAt",
                  CASE WHEN revoked_at < until THEN end_reason END AS reason
             FROM consent WHERE tenant = $1 AND sub = $2
            ORDER BY client_id, member, (revoked_at IS NULL AND until > now()) DESC, least(revoked_at, until) DESC,
                  granted_at DESC
         ) entry
          WHERE "endedAt" BETWEEN now() - make_interval(months => ${PAST_MONTHS}) AND now()
          ORDER BY "endedAt" DESC`,
};

/** What others had connected to a person's data, until their relation to that person was over. */
const ENDED_FOR_OTHERS = {
  name: 'apps-of-others',
  text: `SELECT client_name AS "clientName", revoked_at AS "endedAt", end_reason AS reason
           FROM consent
          WHERE tenant = $1 AND member = $2 AND sub <> $3::uuid AND end_reason IN ('relation', 'of-age')
            AND revoked_at > now() - make_interval(months => ${PAST_MONTHS})
          ORDER BY revoked_at DESC LIMIT 50`,
};

export interface AppOfOthers {
  clientName: string;
  endedAt: Date;
  reason: 'relation' | 'of-age';
}

/** @param member logical id of the Patient that the login is itself */
export async function endedAppsOfOthers(
  pool: Pool,
  tenant: string,
  { sub, member }: { sub: string; member: string },
): Promise<AppOfOthers[]> {
  return (await pool.query<AppOfOthers>({ ...ENDED_FOR_OTHERS, values: [tenant, member, sub] })).rows;
}

/** Of which app and person is a grant of this login, also one that is over? */
const NAMED = {
  name: 'app-of-grant',
  text: `SELECT client_id AS "clientId", member FROM consent WHERE tenant = $1 AND sub = $2 AND grant_id = $3`,
};

/**
 * A page may have been open since before the member agreed once more, or took a part back: then another grant has the place of
 * the one that it names.
 *
 * @returns which entries of a list are of the same app and person; none for a grant that this login does not have
 */
export async function sameApp(
  pool: Pool,
  tenant: string,
  { sub, grantId }: { sub: string; grantId: string },
): Promise<(entry: Pick<Entry, 'clientId' | 'member'>) => boolean> {
  const { rows } = await pool.query<Pick<Entry, 'clientId' | 'member'>>({
    ...NAMED,
    values: [tenant, sub, grantId],
  });
  return ({ clientId, member }) =>
    rows.some((named) => named.clientId === clientId && named.member === member);
}

export async function connectedApps(pool: Pool, tenant: string, sub: string): Promise<ConnectedApp[]> {
  return (await pool.query<ConnectedApp>({ ...LIVE, values: [tenant, sub] })).rows;
}

export async function pastApps(pool: Pool, tenant: string, sub: string): Promise<PastApp[]> {
  return (await pool.query<PastApp>({ ...PAST, values: [tenant, sub] })).rows;
}
