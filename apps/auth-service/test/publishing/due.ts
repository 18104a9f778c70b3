/** Consents that are due, without the launches that would bring them. */
import type { World } from '../world.ts';

/**
 * Stores consents of all these plans at once, so that no look finds those of one alone.
 *
 * @param counts by plan; those of the first plan are due for longest
 * @param snapshot what is stored as the page of each
 * @returns the grants of each plan
 */
export async function addDue(
  world: World,
  counts: Record<string, number>,
  snapshot = '{}',
): Promise<Record<string, string[]>> {
  const plans = Object.entries(counts);
  const { rows } = await world.db.query<{ tenant: string; grants: string[] }>(
    `WITH added AS (
       INSERT INTO consent (tenant, grant_id, sub, member, client_id, client_name, requested_scope, scope, declined, text_version,
                            until, publish_at, snapshot)
       SELECT tenant, gen_random_uuid()::text, gen_random_uuid(), 'maria', 'app', 'App', 'patient/*.rs', 'patient/*.rs', '{}', '1',
              now() + interval '1 day', now() - interval '1 hour' + interval '1 minute' * place, $3
         FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS plan (tenant, count, place), generate_series(1, count)
       RETURNING tenant, grant_id)
     SELECT tenant, array_agg(grant_id) AS grants FROM added GROUP BY tenant`,
    [plans.map(([plan]) => plan), plans.map(([, count]) => count), snapshot],
  );
  return Object.fromEntries(rows.map(({ tenant, grants }) => [tenant, grants]));
}
