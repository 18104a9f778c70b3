/** Reads all records of a plan, for who takes them along (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). */
import { inOneView, type Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import { AS_TENANT } from '../../sql/as-tenant.ts';

/** In the order of the primary key, so that nothing is sorted. */
const allOf = (table: string, more = '') => `
  SELECT type, body FROM ${table} WHERE tenant = $1 AND form = 0 ORDER BY member, type, id${more}`;

/** Records of one type or of several. */
export interface ExportedRecords {
  /** is it a former version? */
  former: boolean;
  rows: { type: string; body: string }[];
}

/**
 * All records of a plan in one database, and then all their former versions, as they were at one moment: also what no app
 * is shown. That it was begun is in the plan's trail before the first record is read; the caller says that it ended.
 *
 * @param pool of the ingest role
 */
export async function* exportPlan(
  pool: Pool,
  tenant: string,
  source: ImportSource,
): AsyncGenerator<ExportedRecords> {
  await pool.query(recordStatement([eventOnRecords(source, tenant, 'plan-export')]));
  const texts = [allOf('resource'), allOf('resource_history', ', version')];
  const statements = texts.map((text) => ({ text, values: [tenant] }));
  const prepare = (client: Pick<Pool, 'query'>) => client.query(AS_TENANT, [tenant]);
  for await (const { statement, rows } of inOneView<ExportedRecords['rows'][number]>(
    pool,
    statements,
    prepare,
  ))
    yield { former: statement === 1, rows };
}

/** Records that all records were written. @param counts how many of each type, former versions too */
export async function noteExported(
  pool: Pool,
  tenant: string,
  source: ImportSource,
  counts: Record<string, number>,
): Promise<void> {
  await pool.query(recordStatement([eventOnRecords(source, tenant, 'plan-exported', { counts })]));
}
