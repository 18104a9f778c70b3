/** Fills the preview's databases with the synthetic population, through the same code as any other import. */
import { createPool } from '@patient-access/database';
import {
  IMPORT_POOL,
  importResources,
  type Input,
  loadChecks,
  ShippedDisplays,
  type Stores,
} from '@patient-access/import';
import { type GuideSet, type PublicationName, publicationTenant } from '@patient-access/fhir';
import { population, published } from '@patient-access/population';
import { type DatabaseName, databaseOf, RECORD_SERVICES } from '@patient-access/topology';
import type { RoleUrls } from './environment.ts';
import type { PreviewOptions } from './options.ts';

/** As group health plans have it (29 CFR 2560.503-1(h)). */
const APPEAL_DAYS = 180;

function* inputs(tenant: string, { members, seed }: PreviewOptions): Generator<Input<string>> {
  for (const resource of population({ tenant, members, seed })) {
    yield { resource, origin: `${resource.resourceType}/${resource.id}` };
  }
}

function* inputsPublished(plan: string, name: PublicationName, seed: number): Generator<Input<string>> {
  for (const resource of published(plan, seed)[name])
    yield { resource, origin: `${name}: ${resource.resourceType}/${resource.id}` };
}

interface LoadedPlan {
  id: string;
  guides: GuideSet;
  publications: readonly PublicationName[];
}

/** @throws Error that names the first resource which could not be stored */
export async function loadPopulation(
  databases: Readonly<Record<DatabaseName, RoleUrls>>,
  tenants: readonly LoadedPlan[],
  options: PreviewOptions,
): Promise<void> {
  const pools = await Promise.all(
    RECORD_SERVICES.map(
      async (service) =>
        [service, await createPool(databases[databaseOf(service)].ingest ?? '', IMPORT_POOL)] as const,
    ),
  );
  const stores: Stores = new Map(pools);
  const onReject = ({ origin, reason }: { origin: string; reason: string }) => {
    throw new Error(`the population's ${origin} was rejected: ${reason}`);
  };
  try {
    const words = { displays: new ShippedDisplays(), appealDays: APPEAL_DAYS };
    for (const { id, guides, publications } of tenants) {
      const { profiles, isNaming } = await loadChecks(id, guides);
      await importResources(stores, id, inputs(id, options), { onReject, words, profiles, isNaming });
      for (const name of publications) {
        const tenant = publicationTenant(id, name);
        const checks = await loadChecks(tenant);
        await importResources(stores, tenant, inputsPublished(id, name, options.seed), {
          onReject,
          profiles: checks.profiles,
        });
      }
    }
  } finally {
    await Promise.all(pools.map(([, pool]) => pool.end()));
  }
}
