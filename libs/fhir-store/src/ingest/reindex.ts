/**
 * Makes the search values of stored resources anew from their bodies. This is needed once after an update that adds
 * search parameters.
 */
import { inTransaction, type Pool } from '@patient-access/database';
import { definitions, parseResource, type Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { lockTenant } from './tenant-lock.ts';
import { valueRows } from './value-rows.ts';
import { deleteRowsOf, insertValues } from './versions.ts';

/** The last resource that was indexed. An interrupted run continues behind it. */
export interface ReindexPosition {
  member: string;
  type: string;
  id: string;
}

interface Row extends ReindexPosition {
  audience: string[] | null;
  body: string;
}

const BATCH = 500;
const START: ReindexPosition = { member: '', type: '', id: '' };

/** Takes all forms of a resource in one batch, because the search values of a resource are deleted together. */
const NEXT = `
  SELECT r.member, r.type, r.id, r.audience, r.body FROM resource r
   WHERE r.tenant = $1 AND (r.member, r.type, r.id) > ($2, $3, $4)
   ORDER BY r.member, r.type, r.id FETCH FIRST ${BATCH} ROWS WITH TIES`;

async function batch(client: pg.PoolClient, tenant: string, after: ReindexPosition): Promise<Row[]> {
  await lockTenant(client, tenant);
  const { rows } = await client.query<Row>(NEXT, [tenant, after.member, after.type, after.id]);
  await deleteRowsOf(client, 'search_value', tenant, rows);
  const values = rows.flatMap(({ member, type, audience, body }) => {
    const definition = definitions.get(type);
    return definition
      ? valueRows(tenant, member, definition, parseResource(body) as Resource, audience ?? [])
      : [];
  });
  await insertValues(client, values);
  return rows;
}

/**
 * Indexes a tenant's resources again. Each batch is one transaction, and searches go on meanwhile.
 *
 * @param pool of the ingest role
 * @param after the resource to continue behind
 * @returns after each batch: how many are done, and the last one
 */
export async function* reindex(
  pool: Pool,
  tenant: string,
  after: ReindexPosition = START,
): AsyncGenerator<{ done: number; position: ReindexPosition }> {
  let done = 0;
  for (let position = after; ;) {
    const rows = await inTransaction(pool, (client) => batch(client, tenant, position));
    const last = rows.at(-1);
    if (!last) return;
    done += rows.length;
    position = { member: last.member, type: last.type, id: last.id };
    yield { done, position };
  }
}
