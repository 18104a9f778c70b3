/** Fills the preview's databases with the synthetic population, the way any other data gets in. */
import { COMMAND, createPool, type DatabaseUrls } from '@patient-access/database';
import { importResources, type Input, type Stores } from '@patient-access/import';
import { population } from '@patient-access/population';
import type { Options } from './options.ts';
import type { Database } from './topology.ts';

const POOL = { ...COMMAND, max: 1 };
const OWNERS = ['coverage', 'claims', 'clinical'] as const;

function* inputs(tenant: string, { members, seed }: Options): Generator<Input<string>> {
  for (const resource of population({ tenant, members, seed })) {
    yield { resource, origin: `${resource.resourceType}/${resource.id}` };
  }
}

/** @throws Error naming the first resource that could not be stored */
export async function loadPopulation(
  databases: Record<Database, DatabaseUrls>,
  tenants: readonly { id: string }[],
  options: Options,
): Promise<void> {
  const pools = await Promise.all(
    OWNERS.map(
      async (owner) => [`${owner}-service`, await createPool(databases[owner].ingest, POOL)] as const,
    ),
  );
  const stores: Stores = new Map(pools);
  const onReject = ({ origin, reason }: { origin: string; reason: string }) => {
    throw new Error(`the population's ${origin} was rejected: ${reason}`);
  };
  try {
    for (const { id } of tenants) await importResources(stores, id, inputs(id, options), { onReject });
  } finally {
    await Promise.all(pools.map(([, pool]) => pool.end()));
  }
}
