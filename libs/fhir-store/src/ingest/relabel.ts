/** A plan's list of sensitive codes: setting it, and going through what is stored already. */
import { inTransaction, type Pool } from '@patient-access/database';
import {
  definitions,
  parseResource,
  type Resource,
  type SensitiveCodes,
  sensitivityLabels,
  withoutLabels,
} from '@patient-access/fhir';
import type pg from 'pg';
import { type Label, PlanLabels } from './plan-labels.ts';
import { storedBody } from './stored-form.ts';
import { lockTenant } from './tenant-lock.ts';
import { type NewVersion, writeVersions } from './versions.ts';

interface Row {
  member: string;
  type: string;
  id: string;
  version: number;
  body: string;
  labelled: string[];
  hash: Buffer;
  last_updated: Date;
}

type Position = Pick<Row, 'member' | 'type' | 'id' | 'version'>;

const BATCH = 500;
const START: Position = { member: '', type: '', id: '', version: 0 };

const SET = `
  INSERT INTO sensitive_codes (tenant, rules) VALUES ($1, $2)
  ON CONFLICT (tenant) DO UPDATE SET rules = $2, applied = sensitive_codes.applied AND sensitive_codes.rules = $2`;
const APPLIED = 'UPDATE sensitive_codes SET applied = true WHERE tenant = $1 AND rules = $2';
const CURRENT = `
  SELECT member, type, id, version, body, labelled, hash FROM resource
   WHERE tenant = $1 AND (member, type, id) > ($2, $3, $4) ORDER BY member, type, id LIMIT ${BATCH}`;
const EARLIER = `
  SELECT member, type, id, version, body, labelled, last_updated FROM resource_history
   WHERE tenant = $1 AND (member, type, id, version) > ($2, $3, $4, $5)
   ORDER BY member, type, id, version LIMIT ${BATCH}`;
const LABEL_EARLIER = `
  UPDATE resource_history h SET body = k.body, sensitivity = k.sensitivity, labelled = k.labelled
    FROM json_to_recordset($2) AS k
         (member text, type text, id text, version integer, body text, sensitivity text[], labelled text[])
   WHERE h.tenant = $1 AND h.member = k.member AND h.type = k.type AND h.id = k.id AND h.version = k.version`;

const isSame = (some: readonly string[], others: readonly string[]) => some.join() === others.join();

/** The row with the labels that the list gives it now; nothing where those are the ones it has. */
function changeOf(row: Row, label: Label): { resource: Resource; labelled: string[] } | undefined {
  const delivered = withoutLabels(parseResource(row.body) as Resource, row.labelled);
  const change = label(delivered);
  return isSame(change.labelled, row.labelled) ? undefined : change;
}

/** A label is content: who has the version before it must be able to see that there is another. */
async function labelCurrent(client: pg.PoolClient, tenant: string, rows: Row[], label: Label) {
  const changed: Row[] = [];
  const versions: NewVersion[] = [];
  for (const row of rows) {
    const definition = definitions.get(row.type);
    const change = changeOf(row, label);
    if (!definition || !change) continue;
    changed.push(row);
    versions.push({ ...change, definition, member: row.member, version: row.version + 1, hash: row.hash });
  }
  await writeVersions(client, tenant, versions, changed);
  return changed.length;
}

/** Earlier versions stay what they were but for their labels: they are as sensitive as the current one. */
async function labelEarlier(client: pg.PoolClient, tenant: string, rows: Row[], label: Label) {
  const changes = rows.flatMap((row) => {
    const change = changeOf(row, label);
    if (!change) return [];
    const { member, type, id, version } = row;
    const { resource, labelled } = change;
    const body = storedBody(resource, version, row.last_updated.toISOString());
    return [{ member, type, id, version, body, sensitivity: sensitivityLabels(resource), labelled }];
  });
  if (changes.length > 0) await client.query(LABEL_EARLIER, [tenant, JSON.stringify(changes)]);
  return changes.length;
}

const PASSES = [
  {
    text: EARLIER,
    values: ({ member, type, id, version }: Position) => [member, type, id, version],
    write: labelEarlier,
  },
  { text: CURRENT, values: ({ member, type, id }: Position) => [member, type, id], write: labelCurrent },
];

/**
 * Sets a tenant's list, in force for what is imported from now on, and labels what is stored by it: earlier versions
 * first, then the current ones, each of which becomes a new version. In batches that each are whole or not done;
 * to go on after an interruption, run it again with the same list.
 *
 * @param pool of the ingest role
 * @returns after each batch, how many were looked at and how many changed
 */
export async function* applySensitiveCodes(
  pool: Pool,
  tenant: string,
  codes: SensitiveCodes,
): AsyncGenerator<{ seen: number; changed: number }> {
  const rules = JSON.stringify(codes);
  await inTransaction(pool, async (client) => {
    await lockTenant(client, tenant);
    await client.query(SET, [tenant, rules]);
  });
  const labels = new PlanLabels();
  const total = { seen: 0, changed: 0 };
  for (const { text, values, write } of PASSES) {
    for (let position: Position | undefined = START; position;) {
      const from: Position = position;
      position = await inTransaction(pool, async (client) => {
        await lockTenant(client, tenant);
        const { rows } = await client.query<Row>(text, [tenant, ...values(from)]);
        total.changed += await write(client, tenant, rows, await labels.of(client, tenant));
        total.seen += rows.length;
        return rows.at(-1);
      });
      yield { ...total };
    }
  }
  await inTransaction(pool, async (client) => {
    await lockTenant(client, tenant);
    await client.query(APPLIED, [tenant, rules]);
  });
}
