/** Kinds of data that members let an app read, and that it has not asked for in a long time: it does not need them. */
import type { Pool } from '@patient-access/database';
import type { ConsentKind } from '@patient-access/fhir';
import { requestedAccess } from '../consent/requested-access.ts';
import { KINDS } from '../consent/kinds.ts';

export const UNREAD_DAYS = 90;
const DAY_MS = 86_400_000;

/** An app's consents have few different scopes, so some thousands of them are enough. */
const GRANTED = {
  name: 'scopes-of-old-consents',
  text: `SELECT DISTINCT scope FROM (
           SELECT scope FROM consent
            WHERE tenant = $1 AND client_id = $2 AND revoked_at IS NULL AND until > now()
              AND granted_at < now() - make_interval(days => ${UNREAD_DAYS}) LIMIT 5000) c`,
};

/** @returns the kinds in the consents that an app has had for so long */
export async function kindsGrantedLongAgo(
  pool: Pool,
  tenant: string,
  client: string,
): Promise<ReadonlySet<ConsentKind>> {
  const { rows } = await pool.query<{ scope: string }>({ ...GRANTED, values: [tenant, client] });
  return new Set(rows.flatMap(({ scope }) => requestedAccess(scope).kinds.map(({ id }) => id)));
}

/**
 * @param lastReads the last day on which the app asked for each type, `2026-01-31`
 * @param now in milliseconds since the epoch
 */
export function unreadKinds(
  granted: ReadonlySet<ConsentKind>,
  lastReads: readonly { type: string; day: string }[],
  now: number,
): ConsentKind[] {
  const since = new Date(now - UNREAD_DAYS * DAY_MS).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const read = new Set(lastReads.filter(({ day }) => day >= since).map(({ type }) => type));
  return KINDS.filter(({ id, types }) => granted.has(id) && !types.some((type) => read.has(type))).map(
    ({ id }) => id,
  );
}
