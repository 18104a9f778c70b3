/** Sets a plan's list of sensitive codes. What is stored already is labelled by relabel.ts. */
import type { Pool } from '@patient-access/database';
import { type SensitiveCodes, sizeOfList } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import { storing } from '../turns/storing.ts';

const SET = `
  INSERT INTO sensitive_codes (tenant, rules) VALUES ($1, $2)
  ON CONFLICT (tenant) DO UPDATE SET rules = $2, applied = false WHERE sensitive_codes.rules <> $2`;

/**
 * New imports use the list at once, whichever service they are for. The same list again changes nothing. The list decides what is
 * withheld from apps, so the first database records that it was set.
 *
 * @param all the databases of the tenant's resources
 * @param source of the first of them, and whose act it is in the trail; undefined: it leaves no event
 */
export async function setSensitiveCodes(
  all: readonly Pool[],
  tenant: string,
  codes: SensitiveCodes,
  source?: ImportSource,
): Promise<void> {
  for (const own of all)
    await storing({ own, all }, tenant, async (context) => {
      const { rowCount } = await context.own.query(SET, [tenant, JSON.stringify(codes)]);
      if (!source || own !== all[0] || !rowCount) return;
      const size = sizeOfList(codes);
      const request = `labels of the list: ${size.labels}, codes: ${size.codes}`;
      const event = eventOnRecords(source, tenant, 'set-labels', { request });
      await context.own.query(recordStatement([event]));
    });
}
