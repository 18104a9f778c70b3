import { NO_PLAN } from '@patient-access/events';
import { TENANT_ID } from '@patient-access/fhir';
import { z } from 'zod';
import type { PrismaClient } from '../../generated/client.ts';
import { ensureReceiptKey } from '../keys/receipt-keys.ts';
import { newSigningKeys } from '../keys/signing-keys.ts';
import { NOTIFY_REVOCATION } from '../grants/records.ts';
import { TenantSettings } from '../tenant/settings.ts';
import { inPrismaTransaction, queryIn } from '../database.ts';

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
 * @param master KEY_ENCRYPTION_KEY
 */
export async function createTenant(prisma: PrismaClient, master: Buffer, tenant: NewTenant): Promise<void> {
  const { id, name, kind, settings } = tenant;
  await inPrismaTransaction(prisma, async (transaction) => {
    const data = { name, ...(settings && { settings }) };
    if (await transaction.tenant.findUnique({ where: { id } }))
      await transaction.tenant.update({ where: { id }, data });
    else
      await transaction.tenant.create({
        data: {
          id,
          kind,
          registration: REGISTRATION[kind],
          keys: { create: newSigningKeys(master, id) },
          ...data,
        },
      });
    await ensureReceiptKey(queryIn(transaction), master, id);
  });
}

/**
 * Sets the settings of a plan. Every replica follows at once.
 *
 * @param settings all of them, as JSON
 * @throws Error that names the tenant when there is none; ZodError that names a wrong setting
 */
export async function configureTenant(prisma: PrismaClient, id: string, settings: unknown): Promise<void> {
  const { count } = await prisma.tenant.updateMany({
    where: { id },
    data: { settings: TenantSettings.parse(settings) },
  });
  if (count === 0) throw new Error(`no tenant "${id}"`);
}

/**
 * Suspends or resumes a plan. A suspended plan has no logins and no tokens. From the commit on none of its tokens is
 * accepted, and gateways drop what they have cached (security case T10). After it is resumed, everything that has not
 * expired works again.
 *
 * @throws Error that names the tenant when there is none
 */
export async function suspendTenant(prisma: PrismaClient, id: string, suspended: boolean): Promise<void> {
  await inPrismaTransaction(prisma, async (transaction) => {
    const data = { suspendedAt: suspended ? new Date() : null };
    const { count } = await transaction.tenant.updateMany({ where: { id }, data });
    if (count === 0) throw new Error(`no tenant "${id}"`);
    await queryIn(transaction)(NOTIFY_REVOCATION, [JSON.stringify({ tenant: id })]);
  });
}
