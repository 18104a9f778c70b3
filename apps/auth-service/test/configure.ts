/** What an administrator does with `npm run admin`. */
import { setTimeout as delay } from 'node:timers/promises';
import { createPool } from '@patient-access/database';
import { createPrisma } from '../src/domain/database.ts';
import { loadPlanMembers } from '../src/domain/administration/plan-members.ts';
import { configureTenant } from '../src/domain/administration/tenants.ts';
import { sealSecrets } from '../src/domain/tenant/federation-settings.ts';
import type { World } from './world.ts';

type Prisma = ReturnType<typeof createPrisma>;

async function withPrisma(world: World, work: (prisma: Prisma) => Promise<void>): Promise<void> {
  const pool = await createPool(world.databaseUrl, { max: 1 });
  try {
    await work(createPrisma(pool));
  } finally {
    await pool.end();
  }
}

/** Sets a tenant's settings. The service gets the notice within milliseconds. */
export async function configure(world: World, settings: object, tenant = 'northwind'): Promise<void> {
  await withPrisma(world, (prisma) =>
    configureTenant(prisma, tenant, sealSecrets(world.master, tenant, settings)),
  );
  await delay(100);
}

export const loadMembers = (world: World, ndjson: string, tenant = 'northwind'): Promise<void> =>
  withPrisma(world, (prisma) => loadPlanMembers(prisma, tenant, ndjson));
