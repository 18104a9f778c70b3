/** Gives members enough Observations for a full page, because the population has too few of them. */
import { createPool } from '@patient-access/database';
import { FhirClient } from '@patient-access/first-call';
import { importResources } from '@patient-access/import';
import type { BenchInstallation, BenchSession } from './installation.ts';
import { OBSERVATIONS_PAGE } from './statements.ts';

const OWNER = 'clinical-service';
/** Enough for a page: some Observations are of another category, or are older than the date of the search. */
const ENOUGH = 2 * OBSERVATIONS_PAGE;
const IMPORT = { max: 1, statementTimeoutMs: 60_000 };

/** @returns copies of a member's Observations with other ids, until there are enough */
async function* copiesOf({ fhirBase, accessToken }: BenchSession) {
  const own = await new FhirClient(fhirBase, accessToken).search(
    'Observation?category=vital-signs&_count=100',
  );
  const times = own.length === 0 ? 0 : Math.ceil(ENOUGH / own.length) - 1;
  for (let time = 1; time <= times; time += 1)
    for (const one of own) yield { resource: { ...one, id: `${one.id}-${time}` }, origin: one.id };
}

/** Imports Observations, so that each of these members who has vital signs has more than a page of them. */
export async function fillPages(
  { ingest }: BenchInstallation,
  sessions: readonly BenchSession[],
): Promise<void> {
  const pool = await createPool(ingest[OWNER] ?? '', IMPORT);
  try {
    for (const session of sessions)
      await importResources(new Map([[OWNER, pool]]), session.tenant, copiesOf(session), {
        onReject: ({ reason }) => {
          throw new Error(`an Observation was rejected: ${reason}`);
        },
      });
  } finally {
    await pool.end();
  }
}
