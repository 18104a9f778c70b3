/** Fills the preview's databases with the synthetic population. */
import { createPool, type DatabaseUrls } from '@patient-access/database';
import { definitions } from '@patient-access/fhir';
import { Ingest, type IngestItem } from '@patient-access/fhir-store';
import { population } from '@patient-access/population';
import type { Options } from './options.ts';
import type { Database } from './topology.ts';

const BATCH = 500;
const INGEST_CONNECTIONS = 2;

export async function loadPopulation(
  databases: Record<Database, DatabaseUrls>,
  tenants: readonly { id: string }[],
  { members, seed }: Options,
): Promise<void> {
  for (const owner of ['coverage', 'claims', 'clinical'] as const) {
    const pool = await createPool(databases[owner].ingest, {
      max: INGEST_CONNECTIONS,
      statementTimeoutMs: 60_000,
    });
    for (const { id } of tenants) {
      const ingest = new Ingest(pool, id);
      let batch: IngestItem<string>[] = [];
      for (const resource of population({ tenant: id, members, seed })) {
        const o = definitions.get(resource.resourceType)?.owner;
        if (o !== `${owner}-service`) continue;
        batch.push({ resource: resource as never, origin: resource.id });
        if (batch.length >= BATCH) {
          for (const r of await ingest.store(batch)) if (r.status === 'rejected') console.log(r);
          batch = [];
        }
      }
      for (const r of await ingest.store(batch)) if (r.status === 'rejected') console.log(r);
    }
    await pool.end();
  }
}
