/** Sets a plan's list of sensitive codes. What is stored already is labelled by relabel.ts. */
import type { Pool } from '@patient-access/database';
import type { SensitiveCodes } from '@patient-access/fhir';
import { storing } from '../turns/storing.ts';

const SET = `
  INSERT INTO sensitive_codes (tenant, rules) VALUES ($1, $2)
  ON CONFLICT (tenant) DO UPDATE SET rules = $2, applied = false WHERE sensitive_codes.rules <> $2`;

/**
 * New imports use the list at once, whichever service they are for. The same list again changes nothing.
 *
 * @param all the databases of the tenant's resources
 */
export async function setSensitiveCodes(
  all: readonly Pool[],
  tenant: string,
  codes: SensitiveCodes,
): Promise<void> {
  for (const own of all)
    await storing({ own, all }, tenant, (context) => context.own.query(SET, [tenant, JSON.stringify(codes)]));
}
