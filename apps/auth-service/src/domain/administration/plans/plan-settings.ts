/** The settings of a plan as an operator reads and writes them: checked before they are in force, and without secrets. */
import type { Pool } from '@patient-access/database';
import type { PrismaClient } from '../../../generated/client.ts';
import type { Keys } from '../../keys/secrets.ts';
import { ActRefused } from '../../act-refused.ts';
import {
  type FederationSettings,
  keepSecrets,
  sealSecrets,
  withoutSecrets,
} from '../../tenant/federation-settings.ts';
import { TenantSettings } from '../../tenant/settings.ts';
import { NotFoundError } from '../administration.ts';
import { loginProblems, secretProblems } from './federation-problems.ts';
import type { Operator } from '../../audit/acts.ts';
import { configureTenant } from './tenants.ts';

type Kind = 'preview' | 'production';
type Json = Record<string, unknown>;

/** With what an operator works. */
export interface Operation {
  prisma: PrismaClient;
  pool: Pool;
  /** KEY_ENCRYPTION_KEY */
  masters: Keys;
  by: Operator;
  /** asks the identity provider of new settings what is wrong with them; undefined: it is not asked */
  askProvider?: ((federation: FederationSettings, kind: Kind) => Promise<string[]>) | undefined;
}

async function storedOf(prisma: PrismaClient, id: string) {
  const row = await prisma.tenant.findUnique({ where: { id } });
  if (!row) throw new NotFoundError(`no tenant "${id}"`);
  return { ...row, kind: row.kind as Kind, settings: Object(row.settings) as Json };
}

/** A plan as an operator sees it. */
export async function showPlan(prisma: PrismaClient, id: string) {
  const { name, kind, suspendedAt, deletedAt, settings } = await storedOf(prisma, id);
  const shown = withoutSecrets(TenantSettings.parse(settings));
  const gone = deletedAt && { deletedAt: deletedAt.toISOString() };
  return { id, name, kind, suspended: suspendedAt !== null, ...gone, settings: shown };
}

/** @returns the settings, as they are to be stored @throws ActRefused, with a line for each thing that is wrong */
async function checked(
  { masters, askProvider }: Operation,
  { id, kind }: { id: string; kind: Kind },
  kept: unknown,
): Promise<unknown> {
  const problems = secretProblems(kept);
  const sealed = problems.length > 0 ? undefined : sealSecrets(masters, id, kept);
  if (sealed !== undefined) {
    const settings = TenantSettings.parse(sealed);
    problems.push(...loginProblems(settings, kind));
    if (problems.length === 0 && settings.federation && askProvider)
      problems.push(...(await askProvider(settings.federation, kind)));
  }
  if (problems.length > 0) throw new ActRefused(problems.join('\n'));
  return sealed;
}

/**
 * Sets what `change` makes of the stored settings. While the identity provider is asked, somebody else may set others, or seal the
 * secrets with another key. Then these are made of the newer ones.
 *
 * @throws ActRefused, with a line for each thing that is wrong; then the settings before stay in force
 */
async function changePlanSettings(
  operation: Operation,
  id: string,
  change: (stored: Json) => unknown,
): Promise<void> {
  const { prisma, pool, by } = operation;
  for (let isSet = false; !isSet;) {
    const { kind, settings: stored } = await storedOf(prisma, id);
    const settings = await checked(operation, { id, kind }, keepSecrets(change(stored), stored));
    isSet = await configureTenant(pool, id, settings, by, stored);
  }
}

/**
 * Sets all settings of a plan. A secret stays that is written as `showPlan` shows it; one that is left out goes.
 *
 * @param written as JSON
 * @throws ActRefused, with a line for each thing that is wrong; then the settings before stay in force
 */
export const putPlanSettings = (operation: Operation, id: string, written: unknown): Promise<void> =>
  changePlanSettings(operation, id, () => written);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Merge Patch (RFC 7396 section 2). */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/**
 * Changes some settings of a plan, and leaves the others as they are.
 *
 * @param patch a JSON Merge Patch of the settings
 * @throws ActRefused, with a line for each thing that is wrong; then the settings before stay in force
 */
export const patchPlanSettings = (operation: Operation, id: string, patch: Json): Promise<void> =>
  changePlanSettings(operation, id, (stored) => merged(stored, patch));

/** Sets a member deep in an object. `null` takes it away. */
function setAt(object: Json, path: readonly string[], value: unknown): Json {
  const [name = '', ...rest] = path;
  const { [name]: before, ...others } = object;
  const after = rest.length > 0 ? setAt(Object(before) as Json, rest, value) : value;
  return after === null ? others : { ...others, [name]: after };
}

/**
 * Sets one setting of a plan whole.
 *
 * @param path the names that lead to it
 * @param value JSON; null takes it away
 * @throws ActRefused, with a line for each thing that is wrong; then the settings before stay in force
 */
export const setPlanSetting = (
  operation: Operation,
  id: string,
  path: readonly string[],
  value: unknown,
): Promise<void> => changePlanSettings(operation, id, (stored) => setAt(stored, path, value));
