/** A plan that a command names. */
import type { Pool } from '@patient-access/database';
import { planOf } from '@patient-access/fhir';
import { hasPlan } from '@patient-access/fhir-store/ingest';
import { installationAddress } from './config.ts';
import { fetchStatement, type InstallationAddress, statementAddress } from './guides/statement.ts';
import { tenantsOfPlan } from './options.ts';

/** @returns why nobody can say that the plan is served; undefined: it is */
async function whyNotServed(
  installation: InstallationAddress | undefined,
  plan: string,
): Promise<string | undefined> {
  if (!installation) return 'If it is new, set PUBLIC_URL, where a plan is served that has been created';
  try {
    await fetchStatement(installation, plan);
    return undefined;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return `${statementAddress(installation, plan)} does not serve it (${message || code || 'no answer'})`;
  }
}

/**
 * A misspelt plan would get settings that nobody reads, or a trail of its own, while the one that was meant stays as it is. Known
 * is a plan of which something is stored, and one that is served and has no records yet.
 *
 * @param pools databases of the plan
 * @param tenant the plan, or what it publishes
 * @throws Error with one line when nobody knows the plan
 */
export async function demandPlan(pools: Iterable<Pool>, tenant: string): Promise<void> {
  const plan = planOf(tenant);
  for (const pool of pools) for (const each of tenantsOfPlan(plan)) if (await hasPlan(pool, each)) return;
  const why = await whyNotServed(installationAddress(), plan);
  if (why) throw new Error(`--tenant: nothing is stored of a plan ${plan}. ${why}`);
}
