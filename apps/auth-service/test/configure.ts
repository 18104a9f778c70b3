/** What an administrator does with `npm run admin`. */
import { Readable } from 'node:stream';
import { COMMAND, createPool } from '@patient-access/database';
import { loadPlanMembers, type MemberLoadResult } from '../src/domain/administration/members/member-load.ts';
import { configureTenant } from '../src/domain/administration/plans/tenants.ts';
import { sealSecrets } from '../src/domain/tenant/federation-settings.ts';
import { administrationOf } from './administration.ts';
import type { World } from './world.ts';

/** Sets a tenant's settings, and waits until the service has heard of it. */
export async function configure(world: World, settings: object, tenant = 'northwind'): Promise<void> {
  const pool = await createPool(world.databaseUrl, { max: 1, ...COMMAND });
  try {
    await configureTenant(pool, tenant, sealSecrets([world.master], tenant, settings));
  } finally {
    await pool.end();
  }
  await world.heard();
}

/** @throws Error with the lines that were rejected */
export async function loadMembers(
  world: World,
  ndjson: string,
  tenant = 'northwind',
): Promise<MemberLoadResult> {
  const rejected: string[] = [];
  const pool = await createPool(world.databaseUrl, { max: 1, ...COMMAND });
  try {
    const admin = { ...administrationOf(pool) };
    const file = Readable.from([Buffer.from(ndjson)]);
    const result = await loadPlanMembers({ ...admin, tenant: { ...admin.tenant, id: tenant } }, file, {
      reject: (line) => rejected.push(line),
    });
    if (rejected.length > 0) throw new Error(rejected.join('\n'));
    return result;
  } finally {
    await pool.end();
  }
}
