/** Reads the prior authorizations of claims-service (PDex: ExplanationOfBenefit with use `preauthorization`). */
import { inTransaction, type Pool } from '@patient-access/database';
import type { Resource } from '@patient-access/fhir';

export interface StoredRequest {
  current: Resource;
  /** versions before it, oldest first */
  earlier: Resource[];
}

/** R4 has no search parameter for `use`, so the statement searches the text. */
const REQUESTS = `
  SELECT r.body, coalesce((SELECT json_agg(h.body ORDER BY h.version) FROM resource_history h
                            WHERE h.tenant = r.tenant AND h.member = r.member AND h.type = r.type AND h.id = r.id AND h.form = 0),
                          '[]') AS earlier
    FROM resource r
   WHERE r.tenant = $1 AND r.form = 0 AND r.type = 'ExplanationOfBenefit' AND r.body LIKE '%"use":"preauthorization"%'
     AND r.body LIKE '%"created":"' || $2 || '%'`;

/**
 * @param pool connections to claims-service's database, of a role that sees a whole tenant
 * @returns the requests that were received in the year
 */
export async function requestsOf(pool: Pool, tenant: string, year: number): Promise<StoredRequest[]> {
  const rows = await inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION READ ONLY');
    await client.query("SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true)", [
      tenant,
    ]);
    return (await client.query<{ body: string; earlier: string[] }>(REQUESTS, [tenant, String(year)])).rows;
  });
  return rows
    .map(({ body, earlier }) => ({
      current: JSON.parse(body) as Resource,
      earlier: earlier.map((text) => JSON.parse(text) as Resource),
    }))
    .filter(({ current }) => current['use'] === 'preauthorization');
}
