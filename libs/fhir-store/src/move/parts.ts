/** The rows of a tenant in one table, in parts of some hundred rows: how they are found, compared and copied. */
import { inTransaction, type Pool } from '@patient-access/database';
import type pg from 'pg';
import { AS_TENANT } from '../sql/as-tenant.ts';
import type { TenantTable } from './table-keys.ts';

const PART_ROWS = 1_000;

const IN_ONE_NOTATION = `
  ${AS_TENANT}, set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true), set_config('bytea_output', 'hex', true)`;

/** The values of the key at which a part ends, as text. */
type Position = readonly string[];
/** Rows behind `after`, up to and with `upTo`; undefined: from the first, or to the last. */
export interface TablePart {
  after?: Position | undefined;
  upTo?: Position | undefined;
}

/** What a part holds. The hashes of its rows are added up, so their order is of no importance. */
interface Digest {
  rows: number;
  hash: string;
}

/** As `asTenant`; both databases write a value in the same way. */
const inOneNotation = <Result>(
  pool: Pool,
  tenant: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> =>
  inTransaction(pool, async (client) => {
    await client.query(IN_ONE_NOTATION, [tenant]);
    return work(client);
  });

const columnsOf = ({ key }: TenantTable) => key.map(({ column }) => `t."${column}"`).join(', ');

/** A condition on the rows of a part, and its values; `$1` is the tenant. */
function within(
  table: TenantTable,
  tenant: string,
  { after, upTo }: TablePart,
): { text: string; values: string[] } {
  const values = [tenant];
  const compare = (operator: string, position: Position | undefined) => {
    if (!position) return '';
    const place = values.length + 1;
    values.push(...position);
    const given = table.key.map(({ type }, at) => `$${place + at}::text::${type}`).join(', ');
    return ` AND (${columnsOf(table)}) ${operator} (${given})`;
  };
  return { text: `t.tenant = $1${compare('>', after)}${compare('<=', upTo)}`, values };
}

/** @returns where the part that begins behind `after` ends; undefined: it is the last one */
export async function endOfPart(
  pool: Pool,
  table: TenantTable,
  tenant: string,
  after: Position | undefined,
): Promise<Position | undefined> {
  if (table.key.length === 0) return undefined;
  const { text, values } = within(table, tenant, { after });
  const key = table.key.map(({ column }) => `t."${column}"::text`).join(', ');
  const last = `SELECT ARRAY[${key}] AS position FROM "${table.name}" t WHERE ${text}
                 ORDER BY ${columnsOf(table)} LIMIT 1 OFFSET ${PART_ROWS - 1}`;
  const { rows } = await inOneNotation(pool, tenant, (client) =>
    client.query<{ position: string[] }>(last, values),
  );
  return rows[0]?.position;
}

export async function digestOf(
  pool: Pool,
  table: TenantTable,
  tenant: string,
  part: TablePart,
): Promise<Digest> {
  const { text, values } = within(table, tenant, part);
  const digest = `SELECT count(*)::int AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS hash
                    FROM "${table.name}" t WHERE ${text}`;
  const { rows } = await inOneNotation(pool, tenant, (client) => client.query<Digest>(digest, values));
  return rows[0] ?? { rows: 0, hash: '' };
}

/** Replaces what the other database has of a part, in one transaction. */
export async function copyPart(
  { from, to }: { from: Pool; to: Pool },
  table: TenantTable,
  tenant: string,
  part: TablePart,
): Promise<void> {
  const { text, values } = within(table, tenant, part);
  const { rows } = await inOneNotation(from, tenant, (client) =>
    client.query<{ row: string }>(`SELECT t::text AS row FROM "${table.name}" t WHERE ${text}`, values),
  );
  await inOneNotation(to, tenant, async (client) => {
    await client.query(`DELETE FROM "${table.name}" t WHERE ${text}`, values);
    const given = `SELECT r::"${table.name}" AS row FROM unnest($1::text[]) AS r OFFSET 0`;
    const insert = `INSERT INTO "${table.name}" SELECT (given.row).* FROM (${given}) AS given`;
    await client.query(insert, [rows.map(({ row }) => row)]);
  });
}
