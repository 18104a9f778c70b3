/** A plan that a report is about. */
import type { Pool } from '@patient-access/database';
import { hasPlan } from '@patient-access/fhir-store/ingest';
import { ReportUsageError } from './options.ts';

/**
 * A report of a misspelt plan would say that nothing happened, and look as if it were one.
 *
 * @param pool of the ingest role on the database whose records the report is made from
 * @throws ReportUsageError
 */
export async function demandRecords(pool: Pool, tenant: string): Promise<void> {
  if (await hasPlan(pool, tenant)) return;
  throw new ReportUsageError(`--tenant: nothing is stored of a plan ${tenant} to report about`);
}
