/** `npm run import:delete-plan -- --tenant <id> --confirm <id>`: deletes all records of a plan that has left. */
import { deletePlan, movePlan } from '@patient-access/fhir-store/ingest';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { RECORD_SERVICES } from '@patient-access/topology';
import { databasesOf, openStores } from './config.ts';
import { demandGone, demandPlan } from './known-plan.ts';
import { TENANT, tenantsOfPlan } from './options.ts';

const USAGE = `npm run -s import:delete-plan -- --tenant <id> --confirm <id>

Deletes all records of a plan that has left, with their history and what it published for everybody, from every database of records,
also what a move that did not end has left in another one. There is no way back but a backup. No later file brings one of them back: an import for this plan is refused from now on. The trail stays.
Suspend the plan, export it, and run tenant delete first (docs/administration.md): a plan that PUBLIC_URL serves is refused. Stopped in between, the same command goes on.`;

function tenantOf(): string | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseCommandLine({
    options: { tenant: text, confirm: text, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return undefined;
  const { tenant, confirm } = values;
  if (tenant === undefined || !TENANT.test(tenant)) throw new Error('--tenant <id>');
  if (confirm !== tenant) throw new Error(`--confirm ${tenant}: all its records go`);
  return tenant;
}

interface Copy {
  owner: string;
  database: string;
  rows: number;
}

/**
 * A move that was stopped has left records in a database that does not have the plan yet, or not any more. A move to where the plan
 * is deletes them.
 */
async function deleteCopies(plan: string): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const owner of RECORD_SERVICES) {
    const pools = databasesOf(owner);
    try {
      const { name } = await pools.of(plan);
      const move = { pools, plan, tenants: tenantsOfPlan(plan), source: { owner, by: actingUser() } };
      for await (const done of movePlan(move, name))
        if (done.step === 'deleted' && done.rows > 0)
          copies.push({ owner, database: done.database, rows: done.rows });
    } finally {
      await pools.end();
    }
  }
  return copies;
}

async function main(): Promise<void> {
  const tenant = tenantOf();
  if (tenant === undefined) return console.log(USAGE);
  await using stores = await openStores(tenant);
  await demandPlan(stores.values(), tenant);
  await demandGone(tenant);
  const deleted: Record<string, Record<string, Record<string, number>>> = {};
  for (const [owner, pool] of stores)
    for (const whose of tenantsOfPlan(tenant))
      deleted[whose] = {
        ...deleted[whose],
        [owner]: await deletePlan(pool, whose, { owner, by: actingUser() }),
      };
  const copies = await deleteCopies(tenant);
  console.log(JSON.stringify({ deleted, ...(copies.length > 0 && { copies }) }, null, 2));
}

await main().catch((error: Error) => {
  console.error(`import:delete-plan: ${error.message}`);
  process.exitCode = 1;
});
