/** A plan that a command names. */
import type { Pool } from '@patient-access/database';
import { planOf } from '@patient-access/fhir';
import { hasPlan } from '@patient-access/fhir-store/ingest';
import { installationAddress } from './config.ts';
import { fetchStatement, type InstallationAddress, NOT_FOUND, statementAddress } from './guides/statement.ts';
import { tenantsOfPlan } from './options.ts';

/** Why nobody says that a plan is served. */
interface Unserved {
  why: string;
  /** the installation says that there is no such plan */
  isDenied: boolean;
}

/** @returns undefined for a plan that is served */
async function unserved(
  installation: InstallationAddress | undefined,
  plan: string,
): Promise<Unserved | undefined> {
  if (!installation)
    return {
      why: 'If it is new, set PUBLIC_URL, where a plan is served that has been created',
      isDenied: false,
    };
  try {
    await fetchStatement(installation, plan);
    return undefined;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const said = message || code || 'no answer';
    const why = `${statementAddress(installation, plan)} does not serve it (${said})`;
    return { why, isDenied: said === NOT_FOUND };
  }
}

async function isStored(pools: Iterable<Pool>, plan: string): Promise<boolean> {
  for (const pool of pools)
    for (const each of tenantsOfPlan(plan)) if (await hasPlan(pool, each)) return true;
  return false;
}

const refusalOf = (plan: string, { why }: Unserved) =>
  new Error(`--tenant: nothing is stored of a plan ${plan}. ${why}`);

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
  if (await isStored(pools, plan)) return;
  const found = await unserved(installationAddress(), plan);
  if (found) throw refusalOf(plan, found);
}

/**
 * The same for an import, which may be the first one of a plan, before anybody can be asked about it.
 *
 * @returns what to say where nobody knows the plan; undefined: it is known
 * @throws Error with one line when the installation says that there is no such plan
 */
export async function doubtAboutPlan(pools: Iterable<Pool>, tenant: string): Promise<string | undefined> {
  const plan = planOf(tenant);
  if (await isStored(pools, plan)) return undefined;
  const found = await unserved(installationAddress(), plan);
  if (found?.isDenied) throw refusalOf(plan, found);
  return found && `is ${plan} the right name? Nothing was stored of such a plan before. ${found.why}`;
}

/**
 * Before all records of a plan go, for good: its logins and settings have to be deleted first, which auth-service does for a
 * suspended plan alone. So a command that names the wrong plan deletes nothing of one that serves its members.
 *
 * @throws Error with one line while the installation serves the plan, or does not say that it does not
 */
export async function demandGone(plan: string): Promise<void> {
  const installation = installationAddress();
  if (!installation) return;
  const found = await unserved(installation, plan);
  if (!found)
    throw new Error(
      `${statementAddress(installation, plan)} serves ${plan}. First run tenant delete, and wait a minute`,
    );
  if (!found.isDenied)
    throw new Error(`nobody says that ${plan} is gone. ${found.why}. Without PUBLIC_URL nobody is asked`);
}
