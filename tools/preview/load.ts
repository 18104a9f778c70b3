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
import {
  earlierPopulations,
  goneSince,
  type Loaded,
  notePopulations,
  othersThan,
  presentAfter,
} from './earlier-populations.ts';
import type { RoleUrls } from './environment.ts';
import type { PreviewOptions } from './options.ts';

/** As group health plans have it (29 CFR 2560.503-1(h)). */
const APPEAL_DAYS = 180;

/** Begins the origin of a deletion. After a load that broke off, some of what it names was never stored. */
const GONE = 'gone: ';

/**
 * A thousandth of the time since 1970, so a day of January 1970. It is before any change of the population: what was deleted
 * is taken when a later start has it again. And it is after the start before, so that it can go again (ADR 80).
 */
const timeOfDeletions = () => new Date(Date.now() / 1_000).toISOString();

/** Made-up plans have all claims, so sums of this year's are right. */
const yearOf = (day: string) => `${day.slice(0, 4)}-01-01`;

/** The population, and what an earlier one had and this one has not. */
function* inputs(tenant: string, present: Loaded, earlier: readonly Loaded[]): Generator<Input<string>> {
  const others = othersThan(present, earlier);
  const named = new Set<string>();
  for (const resource of population({ tenant, ...present })) {
    const origin = `${resource.resourceType}/${resource.id}`;
    if (others.length > 0) named.add(origin);
    yield { resource, origin };
  }
  const at = timeOfDeletions();
  for (const { type, id } of goneSince(tenant, others, named))
    yield { deleted: { type, id }, at, origin: `${GONE}${type}/${id}` };
}

function* inputsPublished(
  plan: string,
  name: PublicationName,
  { seed, today }: Loaded,
): Generator<Input<string>> {
  for (const resource of published(plan, seed, today)[name])
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
  { directory, seed, today, members }: PreviewOptions & { today: string },
): Promise<void> {
  const earlier = await earlierPopulations(directory);
  const present = presentAfter(earlier, { seed, today, members });
  await notePopulations(directory, [...earlier, present]);
  const pools = await Promise.all(
    RECORD_SERVICES.map(
      async (service) =>
        [service, await createPool(databases[databaseOf(service)].ingest ?? '', IMPORT_POOL)] as const,
    ),
  );
  const stores: Stores = new Map(pools);
  const onReject = ({ origin, reason }: { origin: string; reason: string }) => {
    if (origin.startsWith(GONE) && reason.startsWith('nothing to delete')) return;
    throw new Error(`the population's ${origin} was rejected: ${reason}`);
  };
  try {
    const words = { displays: new ShippedDisplays(), appealDays: APPEAL_DAYS };
    for (const { id, guides, publications } of tenants) {
      const { profiles, isNaming } = await loadChecks(id, guides);
      const checked = { words, profiles, isNaming, completeSince: yearOf(today) };
      await importResources(stores, id, inputs(id, present, earlier), { onReject, ...checked });
      for (const name of publications) {
        const tenant = publicationTenant(id, name);
        const checks = await loadChecks(tenant);
        await importResources(stores, tenant, inputsPublished(id, name, present), {
          onReject,
          profiles: checks.profiles,
        });
      }
    }
    await notePopulations(directory, [present]);
  } finally {
    await Promise.all(pools.map(([, pool]) => pool.end()));
  }
}
