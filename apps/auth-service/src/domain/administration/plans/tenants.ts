import { isDeepStrictEqual } from 'node:util';
import { inTransaction, type Pool } from '@patient-access/database';
import { type Operator, recordAct, recordActsBy } from '../../audit/acts.ts';
import { NO_PLAN } from '@patient-access/events';
import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';
import type { PrismaClient } from '../../../generated/client.ts';
import { ensureReceiptKey } from '../../keys/receipt-keys.ts';
import type { Keys } from '../../keys/secrets.ts';
import { newSigningKeys } from '../../keys/signing-keys.ts';
import { NOTIFY_REVOCATION } from '../../grants/records.ts';
import { TenantSettings } from '../../tenant/settings.ts';
import { inPrismaTransaction, queryIn } from '../../database.ts';
import { NotFoundError } from '../administration.ts';

export const NewTenant = z.object({
  id: z
    .string()
    .regex(TENANT_ID, 'lower-case letters, digits and hyphens')
    .refine((id) => id !== NO_PLAN, 'is the trail of requests that name no plan'),
  name: z.string().min(1).max(100),
  kind: z.enum(['preview', 'production']),
  settings: TenantSettings.optional(),
});
export type NewTenant = z.infer<typeof NewTenant>;

/** Who may register a client: anybody on a preview tenant, holders of an initial access token elsewhere. */
const REGISTRATION: Record<NewTenant['kind'], string> = { preview: 'open', production: 'token' };

/**
 * Creates a tenant with its keys, or sets the name and settings of an existing one, whose keys and kind
 * stay.
 *
 * @param masters KEY_ENCRYPTION_KEY
 * @param by undefined: it leaves no event
 * @returns whether it was created
 */
export async function createTenant(
  prisma: PrismaClient,
  masters: Keys,
  { id, name, kind, settings }: NewTenant,
  by?: Operator,
): Promise<boolean> {
  return inPrismaTransaction(prisma, async (transaction) => {
    const data = { name, ...(settings && { settings }) };
    const known = await transaction.tenant.findUnique({ where: { id } });
    if (known?.deletedAt)
      throw new NotFoundError(`the plan "${id}" was deleted, and its id is not given again`);
    const exists = known !== null;
    if (exists) await transaction.tenant.update({ where: { id }, data });
    else
      await transaction.tenant.create({
        data: {
          id,
          kind,
          registration: REGISTRATION[kind],
          keys: { create: newSigningKeys(masters, id) },
          ...data,
        },
      });
    await ensureReceiptKey(queryIn(transaction), masters, id);
    const action = exists ? 'tenant-rename' : 'tenant-create';
    await recordActsBy(queryIn(transaction), by, id, [{ action }]);
    return !exists;
  });
}

/** Names of the settings that differ, such as `federation.require`: one level deep, and never a value. */
function changedSettings(before: unknown, after: unknown): string[] {
  const [old, now] = [Object(before), Object(after)] as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].sort();
  return names.flatMap((name) => {
    const [from, to] = [old?.[name], now?.[name]];
    if (isDeepStrictEqual(from, to)) return [];
    const deep = [from, to].every(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    );
    return deep ? changedSettings(from, to).map((inner) => `${name}.${inner.split('.')[0]}`) : [name];
  });
}

const LOCK_SETTINGS = `
  SELECT settings, coalesce(settings = $2::jsonb, true) AS same FROM tenant WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`;
const SET_SETTINGS = 'UPDATE tenant SET settings = $2 WHERE id = $1';

/**
 * Sets the settings of a plan. Every replica follows at once.
 *
 * @param settings all of them, as JSON
 * @param by whose act it is in the trail, with the names of what changed; undefined: it leaves no event
 * @param from the stored settings of which these were made; undefined: they were made of none
 * @returns false when the stored settings are not `from` any more; then nothing has changed
 * @throws NotFoundError that names the tenant when there is none; ZodError that names a wrong setting
 */
export async function configureTenant(
  pool: Pool,
  id: string,
  settings: unknown,
  by?: Operator,
  from?: unknown,
): Promise<boolean> {
  const parsed = TenantSettings.parse(settings);
  return inTransaction(pool, async (db) => {
    const values = [id, from === undefined ? null : JSON.stringify(from)];
    const [before] = (await db.query<{ settings: unknown; same: boolean }>(LOCK_SETTINGS, values)).rows;
    if (!before) throw new NotFoundError(`no tenant "${id}"`);
    if (!before.same) return false;
    await db.query(SET_SETTINGS, [id, JSON.stringify(parsed)]);
    if (!by) return true;
    const words = `settings: ${changedSettings(TenantSettings.parse(before.settings), parsed).join(', ') || 'none changed'}`;
    await recordAct(db, { ...by, tenant: id }, { action: 'tenant-configure', words });
    return true;
  });
}

/**
 * Suspends or resumes a plan. A suspended plan has no logins and no tokens. From the commit on none of its tokens is
 * accepted, and gateways drop what they have cached (security case T10). After it is resumed, everything that has not
 * expired works again.
 *
 * @param by undefined: it leaves no event
 * @throws NotFoundError that names the tenant when there is none
 */
export async function suspendTenant(
  prisma: PrismaClient,
  id: string,
  suspended: boolean,
  by?: Operator,
): Promise<void> {
  await inPrismaTransaction(prisma, async (transaction) => {
    const data = { suspendedAt: suspended ? new Date() : null };
    const { count } = await transaction.tenant.updateMany({ where: { id, deletedAt: null }, data });
    if (count === 0) throw new NotFoundError(`no tenant "${id}"`);
    await queryIn(transaction)(NOTIFY_REVOCATION, [JSON.stringify({ tenant: id })]);
    const action = suspended ? 'tenant-suspend' : 'tenant-resume';
    await recordActsBy(queryIn(transaction), by, id, [{ action }]);
  });
}
