/** Reads the prior authorizations of claims-service (PDex: ExplanationOfBenefit with use `preauthorization`). */
import { inOneView, inTransaction, type Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';

export interface StoredRequest {
  current: Resource;
  /** versions before it, oldest first */
  earlier: Resource[];
  /** when each version came into the API, oldest first: of `earlier`, then of `current` */
  stored: Date[];
}

interface Row {
  body: string;
  stored: Date;
  earlier: { body: string; stored: string }[];
}

/** R4 has no search parameter for `use`, so the statement searches the text. */
const REQUESTS = `
  SELECT r.body, r.last_updated AS stored, coalesce(h.earlier, '[]') AS earlier
    FROM resource r
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('body', h.body, 'stored', h.last_updated) ORDER BY h.version) AS earlier
        FROM resource_history h
       WHERE h.tenant = r.tenant AND h.member = r.member AND h.type = r.type AND h.id = r.id AND h.form = 0
         AND h.deleted IS NULL) h ON true
   WHERE r.tenant = $1 AND r.form = 0 AND r.type = 'ExplanationOfBenefit' AND r.body LIKE '%"use":"preauthorization"%'
     AND r.body LIKE '%"created":"' || $2 || '%'`;

/** A role that sees all members of a tenant reads of this one alone. */
const asTenant = (client: Pick<Pool, 'query'>, tenant: string) =>
  client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)", [tenant]);

/** What a claim contains, such as the Claim that asked, may have that use. The search of the text is the quick one, so it is first. */
const IS_REQUEST = `CASE WHEN body LIKE '%"use":"preauthorization"%' THEN body::json->>'use' = 'preauthorization' END`;

const FIRST_LOAD = `
  SELECT min(at) AS at
    FROM (SELECT last_updated AS at FROM resource
           WHERE tenant = $1 AND form = 0 AND type = 'ExplanationOfBenefit' AND ${IS_REQUEST}
          UNION ALL
          SELECT last_updated FROM resource_history
           WHERE tenant = $1 AND form = 0 AND type = 'ExplanationOfBenefit' AND ${IS_REQUEST}) v`;

/** @returns when the first version of the plan's first prior authorization was stored; without one, now */
export async function firstLoadOf(pool: Pool, tenant: string): Promise<Date> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION READ ONLY');
    await asTenant(client, tenant);
    const { rows } = await client.query<{ at: Date | null }>(FIRST_LOAD, [tenant]);
    return rows[0]?.at ?? new Date();
  });
}

const requestIn = ({ body, stored, earlier }: Row): StoredRequest => ({
  current: JSON.parse(body) as Resource,
  earlier: earlier.map((version) => JSON.parse(version.body) as Resource),
  stored: [...earlier.map((version) => new Date(version.stored)), stored],
});

/** What a resource contains may have the same elements as the resource. */
const isReceivedIn =
  (year: string) =>
  ({ current }: StoredRequest): boolean =>
    current['use'] === 'preauthorization' && String(current['created']).startsWith(year);

/**
 * All as they were at one moment. A large plan has more in a year than fit into memory, with all their versions.
 *
 * @param pool connections to claims-service's database, of a role that sees a whole tenant
 * @returns the requests that were received in the year, in batches
 */
export async function* requestsOf(pool: Pool, tenant: string, year: number): AsyncGenerator<StoredRequest[]> {
  const statements = [{ text: REQUESTS, values: [tenant, String(year)] }];
  for await (const { rows } of inOneView<Row>(pool, statements, (client) => asTenant(client, tenant)))
    yield rows.map(requestIn).filter(isReceivedIn(String(year)));
}
