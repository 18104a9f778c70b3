/**
 * Which consents are due to be published. The table of consents is its own outbox: `publish_at` says when the next fact of a row
 * is due.
 */
import type { Pool } from '@patient-access/database';
import type { ConsentFact } from '@patient-access/events';

/** A consent that has a fact to publish. */
export interface DueConsent {
  tenant: string;
  grant_id: string;
  member: string;
  sub: string;
  client_id: string;
  client_name: string;
  /** as the plan is called now */
  plan: string;
  given_by: string | null;
  scope: string;
  labels: string[];
  snapshot: string;
  granted_at: Date;
  until: Date;
  ended_at: Date | null;
  reason: NonNullable<ConsentFact['ended']>['reason'];
  /** as text: a Date has no microseconds */
  publish_at: string;
}

/**
 * What is due of one plan, the oldest first: a range of the index `consent_due`, and written as one. With a condition for each
 * column, Postgres also takes an index of `publish_at` alone, where one plan has most rows, and reads all of them for each other
 * plan.
 */
const DUE_OF_PLAN = `
  FROM consent c
 WHERE (c.tenant, c.publish_at) BETWEEN (tenant.id, '-infinity') AND (tenant.id, now())
   AND c.publish_at IS NOT NULL AND c.member IS NOT NULL
 ORDER BY c.tenant, c.publish_at`;

/** By lot: where more plans have something due than one turn takes, each gets its turn. */
export const DUE_PLANS = {
  name: 'plans-with-consents-due',
  text: `SELECT tenant.id AS plan FROM tenant CROSS JOIN LATERAL (SELECT ${DUE_OF_PLAN} LIMIT 1) AS due
          WHERE tenant.id <> ALL ($1) ORDER BY random() LIMIT $2`,
};
export const DUE = {
  name: 'consents-due',
  text: `SELECT tenant, grant_id, member, sub, client_id, client_name, given_by, scope, sensitive_labels AS labels, snapshot,
                tenant.name AS plan, granted_at, until, publish_at::text,
                CASE WHEN least(revoked_at, until) <= now() THEN least(revoked_at, until) END AS ended_at,
                CASE WHEN revoked_at <= until THEN end_reason ELSE 'expiry' END AS reason
           FROM tenant CROSS JOIN LATERAL (SELECT c.* ${DUE_OF_PLAN} LIMIT $2) AS consent WHERE tenant.id = ANY ($1)`,
};
export const OLDEST_DUE = {
  name: 'oldest-consent-due',
  text: `SELECT coalesce(extract(epoch FROM now() - min(publish_at)), 0)::float8 AS seconds
           FROM tenant CROSS JOIN LATERAL (SELECT c.publish_at ${DUE_OF_PLAN} LIMIT 1) AS due`,
};
/**
 * Rows are locked only here, so that no revocation waits for a broker. A row that ended in the meantime stays due.
 */
const PUBLISHED = {
  name: 'consents-published',
  text: `UPDATE consent c SET publish_at = CASE WHEN NOT published.over THEN until END
           FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bool[]) AS published (tenant, grant_id, publish_at, over)
          WHERE c.tenant = published.tenant AND c.grant_id = published.grant_id AND c.publish_at = published.publish_at`,
};
/**
 * Another version may be able to read what this one cannot. Until then it is not due, so it stands before no other row. A row
 * that ended in the meantime stays due.
 */
const SET_ASIDE = {
  name: 'consents-set-aside',
  text: `UPDATE consent c SET publish_at = now() + interval '1 hour'
           FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS aside (tenant, grant_id, publish_at)
          WHERE c.tenant = aside.tenant AND c.grant_id = aside.grant_id AND c.publish_at = aside.publish_at`,
};

/** @returns plans that have something due, at most so many, without those that are left out */
export async function plansWithDue(pool: Pool, leftOut: readonly string[], most: number): Promise<string[]> {
  const { rows } = await pool.query<{ plan: string }>({ ...DUE_PLANS, values: [leftOut, most] });
  return rows.map(({ plan }) => plan);
}

/** @returns what is due for longest of each of these plans */
export async function dueConsents(
  client: Pick<Pool, 'query'>,
  plans: readonly string[],
  mostOfEach: number,
): Promise<Map<string, DueConsent[]>> {
  const { rows } = await client.query<DueConsent>({ ...DUE, values: [plans, mostOfEach] });
  return Map.groupBy(rows, ({ tenant }) => tenant);
}

const keysOf = (rows: readonly DueConsent[]): string[][] => [
  rows.map(({ tenant }) => tenant),
  rows.map(({ grant_id: id }) => id),
  rows.map(({ publish_at: at }) => at),
];

/** These were published as they were read. */
export async function markPublished(pool: Pool, rows: readonly DueConsent[]): Promise<void> {
  await pool.query({ ...PUBLISHED, values: [...keysOf(rows), rows.map(({ ended_at: at }) => at !== null)] });
}

/** These cannot be published as they are stored. They are due again in an hour. */
export async function setAside(pool: Pool, rows: readonly DueConsent[]): Promise<void> {
  await pool.query({ ...SET_ASIDE, values: keysOf(rows) });
}

/** @returns for how many seconds the oldest consent has been due that is not published; 0 if none is due */
export async function oldestDueSeconds(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seconds: number }>(OLDEST_DUE);
  return rows[0]?.seconds ?? 0;
}

/**
 * Makes all consents of a tenant due again, for a coverage-service that has lost some.
 *
 * @returns how many
 */
export async function publishAgain(pool: Pool, tenant: string): Promise<number> {
  const text = 'UPDATE consent SET publish_at = now() WHERE tenant = $1 AND member IS NOT NULL';
  return (await pool.query(text, [tenant])).rowCount ?? 0;
}
