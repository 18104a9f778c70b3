/**
 * Makes the search values of stored resources anew from their bodies, which is needed once after an update that adds search
 * parameters; and checks them again, which a plan needs that moves to another set of guides.
 */
import { inTransaction, type Pool } from '@patient-access/database';
import { definitions, parseResource, type ProfileValidator, type Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { markChecked } from './known.ts';
import { checked, deleteChecks, storeChecks } from './profile-checks.ts';
import { lockTenant } from './turns/tenant-lock.ts';
import { valueRows } from './rows/value-rows.ts';
import { deleteRowsOf, insertValues } from './rows/versions.ts';

/** The last resource that was indexed. An interrupted run continues behind it. */
export interface ReindexPosition {
  member: string;
  type: string;
  id: string;
}

interface Row extends ReindexPosition {
  /** 0: the whole resource */
  form: number;
  audience: string[] | null;
  body: string;
}

const BATCH = 500;
const START: ReindexPosition = { member: '', type: '', id: '' };

/** Takes all forms of a resource in one batch, because the search values of a resource are deleted together. */
const NEXT = `
  SELECT r.member, r.type, r.id, r.form, r.audience, r.body FROM resource r
   WHERE r.tenant = $1 AND (r.member, r.type, r.id) > ($2, $3, $4)
   ORDER BY r.member, r.type, r.id FETCH FIRST ${BATCH} ROWS WITH TIES`;

/**
 * Replaces what earlier checks of the resources found. They get no further names of profiles: each would be a new version. The next
 * load checks them in full: it also looks at what this does not, and perhaps by other rules.
 *
 * @returns how many have findings
 */
async function checkAgain(
  client: pg.PoolClient,
  tenant: string,
  rows: readonly Row[],
  profiles: ProfileValidator,
): Promise<number> {
  const whole = rows
    .filter(({ form }) => form === 0)
    .map(({ member, body }) => ({ member, ...checked(parseResource(body) as Resource, profiles) }));
  await deleteChecks(client, tenant, rows);
  const unmarked = rows.map(({ member, type, id }) => ({ member, type, id, mark: null }));
  await markChecked(client, tenant, unmarked);
  return (await storeChecks(client, tenant, whole)).size;
}

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
 * @param profiles to check them again; left out: what was found before stays
 * @returns after each batch: how many are done, how many of them have findings, and the last one
 */
export async function* reindex(
  pool: Pool,
  tenant: string,
  after: ReindexPosition = START,
  profiles?: ProfileValidator,
): AsyncGenerator<{ done: number; withFindings: number; position: ReindexPosition }> {
  let [done, withFindings] = [0, 0];
  for (let position = after; ;) {
    const { rows, found } = await inTransaction(pool, async (client) => {
      const batched = await batch(client, tenant, position);
      return { rows: batched, found: profiles ? await checkAgain(client, tenant, batched, profiles) : 0 };
    });
    const last = rows.at(-1);
    if (!last) return;
    done += rows.length;
    withFindings += found;
    position = { member: last.member, type: last.type, id: last.id };
    yield { done, withFindings, position };
  }
}
