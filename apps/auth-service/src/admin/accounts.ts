import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { normalizeLogin } from '../accounts/accounts.ts';
import { hashPassword } from '../accounts/password.ts';
import type { PrismaClient } from '../generated/client.ts';

export const NewAccount = z.object({
  tenant: z.string().min(1),
  login: z.string().transform(normalizeLogin).pipe(z.string().min(1)),
  password: z.string().min(1),
  /** whose data the login may see */
  patients: z
    .array(
      z.object({
        id: z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'a FHIR id'),
        relationship: z.string().min(1).max(32),
        name: z.string().min(1).max(100),
      }),
    )
    .min(1),
});
export type NewAccount = z.infer<typeof NewAccount>;

/**
 * Creates a login, or sets the password and members of one that exists; its subject identifier stays.
 *
 * @throws Error that names the tenant when there is none
 */
export async function saveAccount(prisma: PrismaClient, account: NewAccount): Promise<void> {
  const { tenant: tenantId, login } = account;
  if (!(await prisma.tenant.findUnique({ where: { id: tenantId } })))
    throw new Error(`no tenant "${tenantId}"`);
  const passwordHash = await hashPassword(account.password);
  const members = account.patients.map(({ id, relationship, name }, position) => ({
    patient: id,
    relationship,
    name,
    position,
  }));
  const where = { tenantId_login: { tenantId, login } };
  if (await prisma.account.findUnique({ where })) {
    const replaced = { deleteMany: {}, create: members };
    await prisma.account.update({ where, data: { passwordHash, members: replaced } });
    return;
  }
  const created = { tenantId, login, passwordHash, sub: randomUUID(), members: { create: members } };
  await prisma.account.create({ data: created });
}
